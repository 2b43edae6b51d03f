"""A watch that cannot run is named by `watch check`, `status`, `doctor`, `watch run`, and keeps nobody else's look."""

from __future__ import annotations

import json

import pytest

from monitor import config
from monitor.app import open_app
from monitor.daemon.service import Service
from monitor.model.case import Case
from monitor.watchlist import load_all
from tests.cli.cli_program import LocalSite, Program, fill_gallery

GOOD = """
[[watch]]
name = "mine"
kind = "page"
url = "https://forum.example/mine"
every = "1h"
"""
HERS = """
[[watch]]
name = "hers"
kind = "page"
url = "https://forum.example/hers"
every = "1h"
case = "{case}"
"""


def bare_case(program: Program) -> None:
    with open_app(config.load(program.home / "config.toml")) as app:
        app.store.cases.save(Case("bare"))


@pytest.mark.rows(1)
@pytest.mark.parametrize(
    ("case", "says", "right"),
    [
        pytest.param("anna", "never set up", "init --case anna", id="unknown"),
        pytest.param("defualt", "never set up", "Did you mean 'default'?", id="a typo"),
        pytest.param("bare", "attestation is missing", "enroll", id="attestation missing"),
    ],
)
def test_it_is_named_everywhere(enrolled: Program, case: str, says: str, right: str) -> None:
    bare_case(enrolled)
    path = enrolled.watchlist(GOOD + HERS.format(case=case))
    check = enrolled("watch", "check")
    line = (GOOD + HERS).splitlines().index('case = "{case}"') + 1
    place = f"{path}:{line}"
    assert check.code == 2
    assert place in check.err and says in check.err and right in check.err
    assert "mine: right" in check.out and "hers: right" not in check.out
    assert "1 right, 1 wrong." in check.err
    (error,) = enrolled("watch", "check", "--json").json["errors"]
    assert (error["file"], error["key"]) == (str(path), "case") and f"{path}:{error['line']}" == place

    status = enrolled("status")
    assert status.code == 0
    assert "hers" in status.out and f"cannot run: {place}" in status.out and right in status.out
    facts = enrolled("status", "--json").json
    (one,) = facts["cannot_run"]
    assert (one["watch"], one["case"], one["file"]) == ("hers", case, str(path))
    assert {row["watch"] for row in facts["watches"]} == {"mine", "hers"}

    doctor = json.loads(enrolled("doctor", "--json").out)
    assert [row["state"] for row in doctor["checks"] if row["name"] == "watchlists"] == ["fault"]


def test_switched_off_it_is_right(enrolled: Program) -> None:
    enrolled.watchlist(GOOD + HERS.format(case="anna") + "enabled = false\n")
    assert enrolled("watch", "check").code == 0
    assert enrolled("status", "--json").json["cannot_run"] == []


def test_the_others_are_looked_at(enrolled: Program, site: LocalSite) -> None:
    fill_gallery(site)
    bare_case(enrolled)
    mine = GOOD.replace("https://forum.example/mine", f"{site.url}/gallery")
    enrolled.watchlist(HERS.format(case="anna") + mine + HERS.format(case="bare").replace("hers", "theirs"))
    done = enrolled("watch", "run", "--json")
    runs = {row["watch"]: row for row in done.json["runs"]}
    assert done.code == 1
    assert runs["mine"]["status"] in ("ok", "partial") and runs["mine"]["pages"] == 1
    for name in ("hers", "theirs"):
        assert runs[name]["status"] == "failed" and runs[name]["errors"][0]["kind"] == "stopped"


@pytest.mark.parametrize("case", ["anna", "bare"])
def test_alone_it_needs_the_user(enrolled: Program, case: str) -> None:
    bare_case(enrolled)
    enrolled.watchlist(HERS.format(case=case))
    assert enrolled("watch", "run").code == 3


def as_a_daemon_leaves_it(program: Program) -> None:
    """It ran once with these watchlists."""
    settings = config.load(program.home / "config.toml")

    async def once() -> None:
        service = Service(settings, open_app=open_app, load_settings=lambda: settings)
        await service._begin()
        await service._now.closing.aclose()

    import asyncio

    asyncio.run(once())
    assert load_all(settings).watches


@pytest.mark.parametrize("harm", ["no valid TOML", "emptied", "renamed"])
def test_a_broken_watchlist_is_told_without_the_daemon(enrolled: Program, harm: str) -> None:
    path = enrolled.watchlist(GOOD)
    as_a_daemon_leaves_it(enrolled)
    for other in path.parent.glob("*.toml"):
        if other != path:
            other.unlink()
    if harm == "no valid TOML":
        path.write_text(GOOD + "]")
    elif harm == "emptied":
        path.unlink()
    else:
        path.parent.rename(enrolled.home / "lists")
    done = enrolled("status")
    assert done.code == 0
    assert "cannot run: " in done.out
    assert "1 watch goes on as it was last read: mine" in done.out
    facts = enrolled("status", "--json").json
    assert facts["as_last_read"] == ["mine"]
    assert [row["watch"] for row in facts["watches"]] == ["mine"]
    if harm != "emptied":
        assert enrolled("watch", "check").code == 2
