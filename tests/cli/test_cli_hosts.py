"""`reports hosts`: what is known of who serves a place, with source and date; nothing is asked but on demand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from monitor import config
from monitor.app import open_app
from monitor.model.hosting import AbuseContact, Hosting, HostPart
from monitor.model.match import Match, Tier
from monitor.model.sighting import Place, Sighting, Status
from tests.cli.cli_program import Program

AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ASKED = "https://rdap.example/ip/8.8.8.8"
KNOWN = Hosting(
    "page.example",
    ("8.8.8.8",),
    "page.example",
    (
        AbuseContact(
            HostPart.CDN,
            "Cloudflare, Inc.",
            "abuse@cdn.example",
            why="named",
            source=ASKED,
            asked_at=AT,
            desk="cloudflare_ncsei",
        ),
        AbuseContact(HostPart.HOST, "Evil\x1b[2J", "abuse@guessed.example", "", True, "a guess", ASKED, AT),
        AbuseContact(HostPart.REGISTRAR, "Registrar", "", "", False, "names no desk for abuse", ASKED, AT),
    ),
    AT,
    "its networks: offline",
)


def fill(program: Program) -> None:
    with open_app(config.load(program.home / "config.toml", environ={})) as app:
        place = Place("https://page.example/t", "https://img.example/1.jpg")
        find = Sighting("f00f00f00f00", "i", "default", "w", place, Match(Tier.MATCH, 1.0, "same"), Status.NEW, AT, AT)
        app.store.sightings.save(find)
        app.store.hosting.want("default", "page.example", AT)
        app.store.hosting.save(KNOWN, AT)


def test_what_is_known_is_shown_with_source_and_date_and_a_guess_is_called_one(ready: Program) -> None:
    fill(ready)
    done = ready("reports", "hosts")
    assert done.code == 0
    for said in (
        "page.example  (1 find)",
        "asked 2026-11-29 09:00 UTC; addresses: 8.8.8.8",
        "still to be asked: its networks: offline",
        "CDN, which stands before the host: Cloudflare, Inc.",
        "its own report channel is known: cloudflare_ncsei",
        "A GUESS, published by nobody: abuse@guessed.example",
        "registrar of the name: the last resort: Registrar",
        "no address is published",
        f"from {ASKED}, 2026-11-29 09:00 UTC",
        "img.example  (1 find)\n    not asked yet",
    ):
        assert said in done.out
    assert "\x1b" not in done.out and "1 is not known yet" in done.err


def test_as_json(ready: Program) -> None:
    fill(ready)
    (image, page) = json.loads(ready("reports", "hosts", "f00f", "--json").out)["hosts"]
    assert (image["host"], image["contacts"], image["asked_at"]) == ("img.example", [], None)
    assert page["sightings"] == ["f00f00f00f00"] and page["waiting"] == KNOWN.waiting
    assert [contact["is_guess"] for contact in page["contacts"]] == [False, True, False]
    assert page["contacts"][0]["channel"] == "cloudflare_ncsei"


def test_asking_can_be_switched_off(ready: Program) -> None:
    fill(ready)
    path = ready.home / "config.toml"
    path.write_text(f"{path.read_text()}\n[network]\nask_registries = false\n")
    done = ready("reports", "hosts", "--ask")
    assert done.code == 2 and "ask_registries is false" in done.err


def test_a_sighting_that_is_not_there(ready: Program) -> None:
    assert ready("reports", "hosts", "nothing").code == 2


def test_a_guess_stands_in_a_draft_after_a_yes_and_is_called_one(ready: Program, tmp_path: Path) -> None:
    fill(ready)
    words = ["reports", "draft", "f00f", "--channel", "rdap_network"]
    refused = ready(*words, "--out", str(tmp_path / "without"))
    assert refused.code != 0 and not list(tmp_path.glob("without/**/*"))
    done = ready(*words, "--guess", "--out", str(tmp_path / "with"))
    assert done.code == 0
    written = "".join(path.read_text() for path in (tmp_path / "with").rglob("*.txt"))
    assert "abuse@guessed.example is a guess that you said yes to" in written
