"""`database new-keys` and `new-store-key`, as they are typed; what they do: tests/store/test_store_new_keys.py."""

from __future__ import annotations

import re

import pytest

from tests.cli.cli_program import Program
from tests.serving.postgres import the_server
from tests.stores import when_the_test_ends


@pytest.mark.parametrize(
    "typed",
    [("new-keys",), ("new-keys", "--all"), ("new-store-key", "--file", "FILE")],
    ids=["of a case", "of all", "of the store"],
)
def test_one_encrypted_file_has_one_key(ready: Program, typed: tuple[str, ...]) -> None:
    place = ready.home / "elsewhere" / "new.key"
    done = ready("database", *(str(place) if word == "FILE" else word for word in typed))
    assert done.code != 0 and "names no database" in done.err and not place.exists()


def test_on_a_database_they_are_made(ready: Program) -> None:
    server = the_server()
    database = server.create("of_new_keys")
    when_the_test_ends(lambda: server.drop(database))
    config, file = ready.home / "config.toml", ready.home / "elsewhere" / "new.key"
    config.write_text(config.read_text().replace("[database]", f'[database]\nurl = "{server.url(database)}"', 1))
    done = ready("database", "new-keys", "--case", "anna")
    assert done.code != 0 and "there is no case anna" in done.err and "case list" in done.err
    assert ready("database", "new-keys", "--all", "--json").json["keys"] == 1, "of what is of no case"
    told = ready("database", "new-store-key", "--file", str(file))
    assert told.code == 0 and str(file) in told.out and len(file.read_text().strip()) == 64
    done = ready("database", "new-keys", "--all")
    assert done.code != 0 and "is not the one that this database was made with" in done.err
    config.write_text(re.sub(r'key_file = ".*"', f'key_file = "{file}"', config.read_text()))
    assert "New keys: 1." in ready("database", "new-keys", "--all").out
