"""`guide done`, and how the guide shows what was ticked off."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.cli.cli_program import Program
from tests.terminal import PROGRAM, terminal


def test_a_step_is_ticked_off_and_stands_in_its_topic(ready: Program) -> None:
    done = ready("guide", "done", "report-search", "--at", "2026-11-20", "--note", "no. 7")
    assert (done.code, done.out) == (0, "")
    assert "Ticked off: report-search, 2026-11-20." in done.err
    page = ready("guide", "report")
    assert "- [x] Reported to the search engines\n      report-search: 2026-11-20, no. 7" in page.out
    assert page.err == ""
    assert "- report: 1 of 5 steps, the last on 2026-11-20" in ready("guide").out
    assert "[x]" not in ready("guide", "evidence").out


def test_the_list_of_all_steps(ready: Program) -> None:
    ready("guide", "done", "report-search", "--at", "2026-11-20")
    listed = ready("guide", "done")
    assert listed.code == 0
    (line,) = [line for line in listed.out.splitlines() if line.startswith("report-search")]
    assert line.split()[1] == "2026-11-20"
    rows = ready("guide", "done", "--json").json["steps"]
    assert [row["step"] for row in rows if row["done"]] == ["report-search"]
    (row,) = ready("guide", "done", "report-search", "--json").json["steps"]
    assert (row["at"], row["as_said"], row["topic"]) == (None, "2026-11-20", "report")


def test_said_twice_it_is_told_and_nothing_changes(ready: Program) -> None:
    ready("guide", "done", "accounts-cloud", "--at", "2026-11-20")
    again = ready("guide", "done", "accounts-cloud")
    assert (again.code, "It was ticked off: accounts-cloud, 2026-11-20." in again.err) == (0, True)
    assert ready("guide", "done", "accounts-cloud", "--undo").code == 0
    assert "[x]" not in ready("guide", "accounts").out
    assert "was not ticked off" in ready("guide", "done", "accounts-cloud", "--undo").err


def test_a_note_cannot_steer_the_terminal_nor_break_its_line(ready: Program) -> None:
    ready("guide", "done", "report-search", "--note", "a\x1b[2J\u202e\nb")
    page = ready("guide", "report").out
    assert "\x1b" not in page and "\u202e" not in page
    (line,) = [line for line in page.splitlines() if line.strip().startswith("report-search:")]
    assert line.endswith(" b")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["guide", "report", "report-search"], "only `guide done`"),
        (["guide", "report", "--note", "x"], "only `guide done`"),
        (["guide", "done", "--note", "x"], "which step"),
        (["guide", "done", "report-search", "--undo", "--note", "x"], "--undo takes neither"),
        (["guide", "done", "report-serch"], "'report-search'"),
        (["guide", "done", "report-search", "--at", "2036-01-01"], "still to come"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use(ready: Program, words: list[str], told: str) -> None:
    done = ready(*words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_without_a_set_up_a_tick_says_what_to_do(program: Program) -> None:
    done = program("guide", "done", "report-search")
    assert done.code == 2
    assert "init" in done.err


def test_a_store_that_cannot_be_read_keeps_nobody_from_the_guide(ready: Program) -> None:
    ready("guide", "done", "report-search")
    (store,) = ready.home.rglob("store.db")
    store.rename(store.with_name("elsewhere.db"))
    page = ready("guide", "report")
    assert page.code == 0
    assert "- [ ] Reported to the search engines" in page.out
    assert "What you have ticked off cannot be shown: there is no store" in page.err


# --- on a terminal


@pytest.fixture
def screen(program: Program) -> dict[str, str]:
    """What a person's environment has, without a pager of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PAGER", "LESS")}
    return kept | {"TERM": "xterm", "PATH": os.environ["PATH"]}


def test_a_long_page_comes_a_screen_at_a_time(screen: dict[str, str]) -> None:
    if shutil.which("less") is None:
        pytest.skip("there is no less")
    with terminal(*PROGRAM, "guide", "report-late", environ=screen) as person:
        first = person.until("q: leave")
        assert "# How long they have" in first and "second source" not in first
        person.type("q", enter=False)
        assert person.ended() == 0


def test_a_page_that_fits_is_printed(screen: dict[str, str]) -> None:
    with terminal(*PROGRAM, "guide", environ=screen) as person:
        assert person.ended() == 0 and "# What to do now" in person.text and "leave" not in person.text


@pytest.mark.parametrize(
    ("pager", "told"),
    [
        pytest.param("sed 's/^/: /'", ": # How long they have", id="the one that is named, with its words"),
        pytest.param("", "\n# How long they have", id="none is wanted"),
        pytest.param("/nowhere/less", "\n# How long they have", id="one that is not there"),
        pytest.param("'", "\n# How long they have", id="one that is no command"),
        pytest.param("true", "", id="left at once"),
        pytest.param("false", "\n# How long they have", id="one that fails at once"),
        pytest.param("sh -c 'kill -9 $$'", "\n# How long they have", id="one that dies"),
    ],
)
def test_the_persons_own_pager(screen: dict[str, str], pager: str, told: str) -> None:
    with terminal(*PROGRAM, "guide", "report-late", environ=screen | {"PAGER": pager}) as person:
        assert person.ended() == 0
        assert told in f"\n{person.text}" and "Traceback" not in person.text


def test_in_a_pipe_there_is_no_pager(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "false")
    assert "# How long they have" in program("guide", "report-late").out
