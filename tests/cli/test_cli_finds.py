"""Finds as a person handles them: by number, by page, by site; in 80 columns and in her own time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.app import open_app
from monitor.cli import printing
from monitor.config import load
from monitor.documents.places import number_words, short_address
from monitor.errors import UsageError
from monitor.model.match import Match, Tier
from monitor.model.sighting import Sighting, Status
from monitor.services.where_found import Where, those_at
from tests.cli.cli_program import Program
from tests.store.store_values import a_sighting

SEEN = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)
LONG = "https://forum.example/threads/a-title-of-a-thread-that-goes-on-and-on-for-quite-a-while.12345/page-3"
PLACES = (  # page, picture
    ("https://forum.example/t/1", "https://cdn.example/a.jpg"),
    ("https://forum.example/t/1", "https://cdn.example/b.jpg"),
    (LONG, "https://cdn.example/a.jpg"),
    ("https://www.other.example/g/9", "https://other.example/c.jpg"),
)


def find_at(number: int) -> Sighting:
    page, image = PLACES[number]
    made = a_sighting(number, "default", first_seen=SEEN, last_seen=SEEN, status=Status.NEW, removed_at=None)
    place = replace(made.place, page_url=page, image_url=image)
    return replace(made, id=f"aaaa000{number}bbbb0000", place=place, match=replace(made.match, label=f"photo {number}"))


@pytest.fixture
def program(ready: Program) -> Iterator[Program]:
    """Four finds on three pages of two sites."""
    config = ready.home / "config.toml"
    config.write_text(config.read_text() + '\n[digest]\ntimezone = "Europe/Berlin"\n')
    with open_app(load(config)) as app:
        for number in range(len(PLACES)):
            app.store.sightings.save(find_at(number))
    yield ready


def numbers(program: Program, *words: str) -> list[int]:
    done = program("sightings", "list", "--json", *words)
    assert done.code == 0, done.err
    return [one["number"] for one in done.json["sightings"]]


def states(program: Program) -> dict[int, str]:
    return {one["number"]: one["status"] for one in program("sightings", "list", "--json").json["sightings"]}


@pytest.mark.parametrize("columns", [80, 132])
def test_a_list_fits_the_terminal(program: Program, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(printing, "_columns", lambda *_: columns)
    done = program("sightings", "list")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[1].split() == ["1", "new", "photo", "0", "Sun", "22", "Nov,", "21:05", "CET", PLACES[0][0]] or (
        columns == 80 and lines[1].endswith("forum.example/t/1")
    )
    assert "forum.example/" in lines[3] and lines[3].endswith("page-3")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu"])
def test_no_state_and_no_sentence_is_wider(program: Program, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    config = program.home / "config.toml"
    config.write_text(config.read_text().replace("Europe/Berlin", zone))
    with open_app(load(config)) as app:
        for number, status in enumerate(Status):
            one = find_at(2)
            perhaps = replace(one.match, tier=Tier.POSSIBLE, label="a label that is longer than its column")
            for add, match in enumerate((one.match, perhaps)):
                place = replace(one.place, page_url=f"{LONG}{number}{add}")
                id_ = f"cccc0{number}{add}dddd00000"
                app.store.sightings.save(replace(one, id=id_, status=status, match=match, place=place))
    monkeypatch.setattr(printing, "_columns", lambda *_: 80)
    listed, status_ = program("sightings", "list"), program("status").out
    lines = [*listed.out.splitlines(), *listed.err.splitlines()]
    assert "confirmed" in listed.out and "still there" in listed.err
    assert [line for line in lines if len(line) > 80] == []
    first, second = status_.partition("         finds: ")[2].splitlines()[:2]
    assert len(first) <= 80 - 16 and second.startswith(" " * 16) and len(second) <= 80


def test_what_goes_elsewhere_is_whole(program: Program) -> None:
    done = program("sightings", "list")
    assert LONG in done.out and "Sun 22 Nov, 21:05 CET" in done.out
    assert "photo 2 (as 1)" in done.out and "the very same picture as number 1" in done.err


def test_one_is_told_in_words_with_its_whole_address_and_the_others_of_it(program: Program) -> None:
    done = program("sightings", "show", "3")
    assert done.code == 0, done.err
    assert f"page          {LONG}\n" in done.out
    assert f"same picture  number 1 (new)  {PLACES[0][0]}\n" in done.out
    assert "first seen    Sun 22 Nov, 21:05 CET\n" in done.out
    assert "same picture\n" not in done.out and "0.97" not in done.out
    figures = program("sightings", "show", "3", "--verbose").out
    assert "reason        same picture\n" in figures and "score         0.9700 of 1\n" in figures


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(["--site", "forum.example"], [1, 2, 3], id="a site"),
        pytest.param(["--site", "other.example"], [4], id="with www"),
        pytest.param(["--site", "https://forum.example/anything"], [1, 2, 3], id="an address of a site"),
        pytest.param(["--site", "example"], [1, 2, 3, 4], id="all below a name"),
        pytest.param(["--site", "orum.example"], [], id="no part of a name"),
        pytest.param(["--page", "https://forum.example/t/1"], [1, 2], id="a page"),
        pytest.param(["--page", "http://www.forum.example/t/1?utm_source=x#top"], [1, 2], id="as a browser shows it"),
        pytest.param(["--page", "forum.example/t/1"], [1, 2], id="without its scheme"),
        pytest.param(["--page", "https://forum.example/t/"], [], id="another page"),
        pytest.param(["--page", "https://forum.example/t/1", "--site", "other.example"], [], id="both"),
        pytest.param(["--page", "https://forum.example/t/1", "--status", "confirmed"], [], id="and its state"),
    ],
)
def test_by_place(program: Program, words: list[str], found: list[int]) -> None:
    assert numbers(program, *words) == found


@pytest.mark.parametrize("typed", ["", "https://", "http://[", "://", "\u202e", "?"])
@pytest.mark.parametrize("where", [lambda text: Where(site=text), lambda text: Where(page=text)], ids=["site", "page"])
def test_what_is_no_place_is_told(where: Callable[[str], Where], typed: str) -> None:
    try:
        those_at(where(typed), [])
    except UsageError as error:
        assert error.remedy
    else:
        assert typed in ("", "\u202e")  # a letter that a name may hold is a name that nothing has


def test_the_address_of_a_post_means_that_post(program: Program) -> None:
    finds = [replace(find_at(0), place=replace(find_at(0).place, permalink=f"{PLACES[0][0]}#p{n}")) for n in (7, 8)]
    assert those_at(Where(page=f"{PLACES[0][0]}#p8"), finds) == [finds[1]]
    assert those_at(Where(page=f"{PLACES[0][0]}#p9"), finds) == finds


@pytest.mark.parametrize(
    ("verb", "status"), [("confirm", "confirmed"), ("dismiss", "dismissed"), ("leave", "dismissed")]
)
def test_a_whole_page_is_asked_about_with_its_numbers(program: Program, verb: str, status: str) -> None:
    page = PLACES[0][0]
    done = program("sightings", verb, "--page", page)
    assert done.code == 3 and "2 finds on that page: 1-2." in done.err and "--yes" in done.err
    program.answering("no")
    assert program("sightings", verb, "--page", page).code == 3
    assert set(states(program).values()) == {"new"}
    program.answering("yes")
    done = program("sightings", verb, "--page", page)
    assert done.code == 0, done.err
    assert states(program) == {1: status, 2: status, 3: "new", 4: "new"}
    again = program("sightings", verb, "--page", page, "--yes")
    assert again.code == 2 and "all is said" in again.err


def test_what_was_said_before_stays_or_is_named(program: Program) -> None:
    assert program("sightings", "dismiss", "1").code == 0
    page = PLACES[0][0]
    assert program("sightings", "confirm", "--page", page, "--yes").code == 0
    assert states(program)[1] == "dismissed", "a page that is confirmed takes no dismissal back"
    done = program("sightings", "leave", "--page", page)
    assert "Of 1-2 you said something before." in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["confirm"], "no find is named", id="nothing"),
        pytest.param(["undo"], "no find is named", id="nothing to undo"),
        pytest.param(["confirm", "1", "--page", "https://forum.example/t/1"], "not both", id="both"),
        pytest.param(["confirm", "5"], "no find number 5", id="a number too far"),
        pytest.param(["confirm", "1", "5"], "no find number 5", id="one of two"),
        pytest.param(["dismiss", "--page", "https://forum.example/t/2"], "nothing was found", id="a page without any"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_changed(program: Program, words: list[str], said: str) -> None:
    done = program("sightings", *words)
    assert done.code == 2 and said in done.err and "sightings list" in done.err + "sightings list" * ("both" in said)
    assert set(states(program).values()) == {"new"}


@pytest.mark.parametrize(
    "words",
    [
        ["evidence", "list", "2"],
        ["reports", "draft", "2"],
        ["reports", "timeline", "2"],
        ["reports", "hosts", "2"],
        ["sightings", "confirm", "2"],
        ["evidence", "add", "--where", "here", "--what", "words", "--sighting", "2"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_every_command_takes_a_number(program: Program, words: list[str]) -> None:
    done = program(*words)
    assert "number 2" not in done.err and done.code in (0, 3), done.err
    assert program(*words[:-1], "99").code == 2


def test_a_draft_that_a_slip_took_away_is_told(program: Program, tmp_path: Path) -> None:
    assert program("reports", "draft", "1", "--out", tmp_path / "drafts").code == 0
    assert program("sightings", "dismiss", "1").code == 0
    undone = program("sightings", "undo", "1")
    assert "reports next --draft" in undone.err
    assert "reports next" not in program("sightings", "confirm", "2").err


def test_what_is_only_possible_is_told_as_that(program: Program) -> None:
    with open_app(load(program.home / "config.toml")) as app:
        possible = replace(find_at(0), match=Match(Tier.POSSIBLE, 0.6, "PDQ differs in 30 of 256 bits", "ref1", "x"))
        app.store.sightings.save(possible)
    assert "to decide" in program("sightings", "list").out.splitlines()[1]
    shown = program("sightings", "show", "1").out
    assert "it may be another picture" in shown and "PDQ" not in shown


@pytest.mark.parametrize(
    ("url", "room", "short"),
    [
        pytest.param("https://a.example/t/1", 40, "https://a.example/t/1", id="whole"),
        pytest.param("https://a.example/t/1", 15, "a.example/t/1", id="without its scheme"),
        pytest.param("https://a.example/threads/title.12/page-3", 22, "a.example/…e.12/page-3", id="in the middle"),
        pytest.param("https://a.example/\u202ex/" + "y" * 99, 22, "a.example/…yyyyyyyyyyy", id="hostile"),
        pytest.param("", 22, "", id="none"),
        pytest.param("https://a.example/t/12345678", 0, "a.exampl…678", id="no room at all"),
    ],
)
def test_shortened_addresses(url: str, room: int, short: str) -> None:
    assert short_address(url, room) == short


@pytest.mark.parametrize(
    ("given", "words"),
    [([], ""), ([3], "3"), ([1, 2], "1-2"), ([5, 1, 3, 2, 3], "1-3, 5")],
)
def test_number_words(given: list[int], words: str) -> None:
    assert number_words(given) == words


def test_the_list_is_told_in_parts(program: Program) -> None:
    part = program("sightings", "list", "--limit", "2", "--after", "1")
    assert [line.split()[0] for line in part.out.splitlines()[1:]] == ["2", "3"]
    assert "--after 3" in part.err
    rest = program("sightings", "list", "--json", "--after", "3").json["sightings"]
    assert [one["number"] for one in rest] == [4]
    assert "--after" not in program("sightings", "list", "--limit", "4").err
