"""`evidence verify` over the life of a case: whatever is done by commands and rounds is no fault."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor import config
from monitor.clock import utc_now
from monitor.model.custody import CustodyAct
from monitor.model.ids import DEFAULT_CASE
from monitor.pipeline.housekeeping import forget_dismissed
from monitor.store.store import SqlStore, open_store
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, Program, fill_gallery, page, serve

IDENTITY, RECIPIENT = new_identity()


def store_of(program: Program) -> SqlStore:
    return open_store(config.load(program.home / "config.toml"))


def verified(program: Program, files: int | None = None) -> int:
    done = program("evidence", "verify", "--identity", "identity.txt", "--json")
    assert done.code == 0, done.out
    assert done.json["faults"] == [] and done.json["not_opened"] == 0
    return int(done.json["files"])


def added(program: Program) -> list[str]:
    """What the custody log still says of the person's own evidence."""
    store = store_of(program)
    try:
        log = store.custody.all(DEFAULT_CASE)
        return [entry.details for entry in log if entry.act is CustodyAct.ADD and not entry.is_dropped]
    finally:
        store.close()


def forget(program: Program) -> int:
    """As housekeeping does it two days later."""
    settings, store = config.load(program.home / "config.toml"), store_of(program)
    try:
        return forget_dismissed(store=store, settings=settings, now=utc_now() + timedelta(days=2))
    finally:
        store.close()


def test_no_alarm_whatever_is_done(enrolled: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    home = enrolled.home
    path = home / "config.toml"
    path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{RECIPIENT}"]'))
    Path("identity.txt").write_bytes(identity_file(IDENTITY))
    for name, value in ON_LOOPBACK.items():
        monkeypatch.setenv(name, value)
    with serve() as site:
        fill_gallery(site)
        owl = (PHOTOS / "enrolled" / "owl.jpg").read_bytes()
        site.pages["/again.jpg"] = ("image/jpeg", owl)
        site.pages["/second"] = ("text/html", b"<title>More</title><p>Words</p><img src=/again.jpg><img src=/owl.jpg>")
        watches = page("birds", f"{site.url}/gallery") + page("more", f"{site.url}/second")
        (home / "watchlists" / "test.toml").write_text(watches)
        assert enrolled("watch", "run").code == 0
        assert verified(enrolled) > 4
        assert enrolled("evidence", "add", "--note", "He rang.").code == 0
        assert enrolled("watch", "run").code == 0  # again: nothing new
        verified(enrolled)
        finds = [find["id"] for find in enrolled("sightings", "list", "--json").json["sightings"]]
        assert len(finds) >= 2
        Path("letter.txt").write_text("What he wrote.")
        assert enrolled("evidence", "add", "letter.txt", "--sighting", finds[0]).code == 0
        assert enrolled("sightings", "dismiss", finds[0]).code == 0
        verified(enrolled)
        assert forget(enrolled) > 0
        verified(enrolled)
        assert len(added(enrolled)) == 2, "her own stays, and so does what the log says of it"
        assert enrolled("watch", "run").code == 0
        verified(enrolled)
        assert enrolled("sightings", "undo", finds[0]).code == 0
        verified(enrolled)
        other = new_identity()[1]
        assert enrolled("evidence", "recipients", "add", other, "--identity", "identity.txt").code == 0
        verified(enrolled)
        done = enrolled("sightings", "under-18", finds[-1], "--yes")
        assert done.code == 0, done.err
        verified(enrolled)
    done = enrolled("evidence", "verify", "--identity", "identity.txt")
    assert done.code == 0 and "Opened and checked within" in done.err
