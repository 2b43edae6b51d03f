"""`reports hosts`: what is known of who serves a place, with source and date; nothing is asked but on demand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

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


NAMED = "abuse@network.example"
GUESSED = "abuse@guessed.example"
TWO_HOSTS = (
    AbuseContact(HostPart.HOST, "Network", NAMED, why="named as the desk for abuse", source=ASKED, asked_at=AT),
    AbuseContact(HostPart.REGISTRAR, "Registrar", GUESSED, is_guess=True, why="a guess", source=ASKED, asked_at=AT),
)


def fill_named(program: Program, *contacts: AbuseContact) -> None:
    fill(program)
    with open_app(config.load(program.home / "config.toml", environ={})) as app:
        app.store.hosting.save(replace(KNOWN, contacts=contacts or TWO_HOSTS), AT)


def refused_by_the_site(program: Program, folder: Path) -> None:
    for channel in ("site_tida", "site_own"):
        done = program("reports", "draft", "f00f", "--channel", channel, "--out", str(folder / channel), "--json")
        (report,) = json.loads(done.out)["reports"]
        assert program("reports", "sent", report["id"]).code == 0
        assert program("reports", "response", report["id"], "--outcome", "refused").code == 0


def test_what_the_person_confirms_is_offered_as_send_here(ready: Program, tmp_path: Path) -> None:
    fill_named(ready)
    refused_by_the_site(ready, tmp_path)
    today = datetime.now(UTC).date().isoformat()
    assert f"check first: {NAMED}" in ready("reports", "hosts").out
    assert f"check first: {NAMED}" in ready("reports", "next").out
    done = ready("reports", "hosts", "confirm", "page.example", "--email", NAMED.upper())
    assert done.code == 0 and f"send here: {NAMED}" in done.out and "Confirmed" in done.err
    said = f"you read it on their own page on {today}"
    assert f"send here: {NAMED}" in (shown := ready("reports", "hosts").out) and said in shown
    assert f"A GUESS, published by nobody: {GUESSED}" in shown  # of the other nothing was said
    listed = ready("reports", "next").out
    assert f"send here: {NAMED}, named by its registry ({ASKED}), read by you on {today}" in listed
    (form,) = (one for one in json.loads(ready("reports", "next", "--json").out)["forms"] if one["email"] == NAMED)
    assert form["address_checked"] is True
    (_, page) = json.loads(ready("reports", "hosts", "--json").out)["hosts"]
    assert [one["checked_on"] for one in page["contacts"]] == [today, None]
    drafted = ready("reports", "draft", "f00f", "--channel", "rdap_network", "--out", str(tmp_path / "out"))
    assert drafted.code == 0
    text = " ".join("".join(path.read_text() for path in (tmp_path / "out").rglob("*.txt")).split())
    assert f"Send here: you read it on their own page on {today}" in text and "Check first" not in text


def test_what_one_case_confirmed_another_does_not_know(ready: Program) -> None:
    fill_named(ready)
    further = "--case bertha --adult --authorised self --name B-Quill --email b-quill@mail.example --jurisdiction US"
    assert ready("init", "--yes", *further.split()).code == 0
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        place = Place("https://page.example/b", "https://page.example/b.jpg")
        find = Sighting("bee0bee0bee0", "b", "bertha", "w", place, Match(Tier.MATCH, 1.0, "b"), Status.NEW, AT, AT)
        app.store.sightings.save(find)
    assert ready("reports", "hosts", "confirm", "page.example", "--email", NAMED, "--case", "default").code == 0
    assert f"send here: {NAMED}" in ready("reports", "hosts", "--case", "default").out
    assert f"check first: {NAMED}" in ready("reports", "hosts", "--case", "bertha").out
    assert ready("reports", "hosts", "confirm", "img.example", "--email", NAMED, "--case", "bertha").code == 2


def test_a_confirmation_long_ago_says_so(ready: Program, tmp_path: Path) -> None:
    fill_named(ready)
    with open_app(config.load(ready.home / "config.toml", environ={})) as app:
        app.store.hosting.check("default", NAMED, AT - timedelta(days=181))
    assert "that is long ago, look again" in ready("reports", "hosts").out
    assert ready("reports", "draft", "f00f", "--channel", "rdap_network", "--out", str(tmp_path / "out")).code == 0
    text = " ".join("".join(path.read_text() for path in (tmp_path / "out").rglob("*.txt")).split())
    assert "which is long ago. Look whether it is still there" in text


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["page.example"], "it was not said which address", id="no address"),
        pytest.param(["other.example", "--email", NAMED], "no find of yours is on other.example", id="no find there"),
        pytest.param(["img.example", "--email", NAMED], "was not asked yet", id="nobody was asked"),
        pytest.param(["page.example", "--email", "abuse@else.example"], "no registry names", id="another address"),
        pytest.param(["page.example", "--email", "abuse@page.example"], "at the domain of the site itself", id="own"),
        pytest.param(
            ["page.example", "--email", "a@img.example"], "at the domain of the site itself", id="media's own"
        ),
        pytest.param(["page.example", "--url", "https://www.page.example/x"], "of the site itself", id="own page"),
        pytest.param(["page.example", "--email", GUESSED], "is a guess", id="a guess"),
        pytest.param(["page.example", "--email", "abuse@a.example\x1b[2J"], "neither an e-mail", id="hostile"),
    ],
)
def test_what_cannot_be_confirmed(ready: Program, words: list[str], said: str) -> None:
    fill_named(ready)
    done = ready("reports", "hosts", "confirm", *words)
    assert done.code == 2 and said in done.err and "\x1b" not in done.err
    assert "send here" not in ready("reports", "hosts").out


def test_a_guess_is_confirmed_after_a_yes_alone(ready: Program) -> None:
    fill_named(ready)
    done = ready("reports", "hosts", "confirm", "page.example", "--email", GUESSED, "--guess")
    assert done.code == 0 and f"send here: {GUESSED}" in ready("reports", "hosts").out


def test_an_organisation_with_a_channel_of_its_own_is_confirmed_there(ready: Program) -> None:
    fill(ready)
    done = ready("reports", "hosts", "confirm", "page.example", "--email", "abuse@cdn.example")
    assert done.code == 2 and "channels confirm cloudflare_ncsei" in done.err


def test_a_sighting_that_is_not_there(ready: Program) -> None:
    assert ready("reports", "hosts", "nothing").code == 2


def test_a_guess_stands_in_a_draft_after_a_yes_and_is_called_one(ready: Program, tmp_path: Path) -> None:
    fill(ready)
    words = ["reports", "draft", "f00f"]
    refused = ready(*words, "--channel", "rdap_network", "--out", str(tmp_path / "without"))
    assert refused.code != 0 and not list(tmp_path.glob("without/**/*"))
    assert "f00f00f00f00 --guess abuse@guessed.example" in ready("reports", "hosts").out
    done = ready(*words, "--guess", "Abuse@guessed.example", "--out", str(tmp_path / "with"), "--json")
    assert done.code == 0
    (report,) = json.loads(done.out)["reports"]  # to nobody else
    assert report["channel"] == "rdap_network" and "abuse@guessed.example" in json.dumps(report)
    written = "".join(path.read_text() for path in (tmp_path / "with").rglob("*.txt"))
    assert "abuse@guessed.example is a guess that you said yes to" in written
    again = ready("reports", "draft", "f00f", "--out", str(tmp_path / "again"), "--json")  # the yes is gone
    assert "guessed.example" not in again.out


def test_a_guess_from_which_a_request_came_back_is_not_used_again(ready: Program) -> None:
    fill(ready)
    words = ["reports", "draft", "f00f", "--guess", "abuse@guessed.example", "--json"]
    (report,) = json.loads(ready(*words).out)["reports"]
    assert ready("reports", "sent", report["id"]).code == 0
    assert ready("reports", "response", report["id"], "--outcome", "bounced").code == 0
    done = ready(*words)
    assert done.code == 2 and "came back" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["abuse@other.example"], "Guessed is: --guess abuse@guessed.example", id="what nobody guesses"),
        pytest.param(["abuse@cdn.example"], "is published, so it is no guess", id="what is published"),
        pytest.param(
            ["abuse@guessed.example", "--channel", "google_search"], "has an address of its own", id="another desk's"
        ),
        pytest.param(["*"], "* is no guess", id="every one"),
        pytest.param(["--json"], "", id="a yes to nothing in particular"),
    ],
)
def test_a_yes_to_what_is_no_guess_is_refused(ready: Program, words: list[str], said: str) -> None:
    fill(ready)
    done = ready("reports", "draft", "f00f", "--guess", *words)
    assert done.code == 2 and said in done.err
    assert json.loads(ready("reports", "list", "--json").out)["reports"] == []
