"""Questions: each answer is checked at once, a refused one is asked again, and nothing is answered by accident."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from monitor.cli import asking
from monitor.cli.asking import Choice, ask, ask_choice, ask_new_secret, ask_secret, ask_yes
from monitor.errors import NeedsUser, UsageError
from tests.terminal import CTRL_C, CTRL_D, terminal


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def types(*answers: str, unended: str = "") -> None:
        monkeypatch.setattr(asking, "is_terminal", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers) + unended))

    return types


def even(typed: str) -> int:
    if not typed.isascii() or not typed.isdigit():
        raise ValueError("please type a number")
    if int(typed) % 2:
        raise UsageError("that one is odd", remedy="An even one, for example 4.")
    return int(typed)


def test_a_refused_answer_is_told_why_and_asked_again(
    typing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    typing("", "three", "3", "\x1b[D4", "\udcff", "  4 ")
    assert ask("How many?", check=even) == 4
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("How many? ") == 6
    for words in ("  Please type a number", "  That one is odd\n  An even one, for example 4.", "an arrow key"):
        assert words in told.err


def test_an_empty_line_is_the_default_and_is_checked(
    typing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    typing("", "")
    assert ask("How many", check=even, default="6") == 6
    assert ask("How many", check=str) == ""
    assert capsys.readouterr().err == "How many [6]: How many: "


def test_a_long_question_has_a_line_for_its_answer(
    typing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    typing("x")
    ask("w" * 80, check=str)
    assert capsys.readouterr().err == f"{'w' * 80}:\n> "


@pytest.mark.parametrize(
    ("answers", "default", "said"),
    [
        pytest.param(["yes"], None, True, id="yes"),
        pytest.param(["Y"], None, True, id="a letter"),
        pytest.param(["No."], None, False, id="no"),
        pytest.param(["Not sure"], None, False, id="not sure is no"),
        pytest.param(["", "?", "ja", "yess", "yes"], None, True, id="everything else is asked again"),
        pytest.param([""], True, True, id="an empty line where yes is the default"),
        pytest.param([""], False, False, id="an empty line where no is the default"),
        pytest.param(["hm", ""], False, False, id="the default counts for an empty line alone"),
    ],
)
def test_yes_or_no(typing: Callable[..., None], answers: list[str], default: bool | None, said: bool) -> None:
    typing(*answers, "left over")
    assert ask_yes("Really?", default=default) is said
    assert sys.stdin.readline() == "left over\n"


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        pytest.param(["2"], "mail", id="by its number"),
        pytest.param(["Mail"], "mail", id="by its key"),
        pytest.param(["0", "3", "-1", "", "²", "ma", "1"], "ntfy", id="nothing else"),
    ],
)
def test_a_choice(
    typing: Callable[..., None], capsys: pytest.CaptureFixture[str], answers: list[str], key: str
) -> None:
    typing(*answers)
    assert ask_choice("Where to?", [Choice("ntfy", "A telephone"), Choice("mail", "A mailbox")]) == key
    assert "   1  A telephone\n   2  A mailbox\n" in capsys.readouterr().err


def test_the_default_of_a_choice(typing: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typing("")
    assert ask_choice("Where to?", [Choice("a", "A"), Choice("b", "B")], default="b") == "b"
    assert "[2]" in capsys.readouterr().err


def test_a_secret_is_kept_as_it_was_typed(typing: Callable[..., None]) -> None:
    typing("", " two  words ")
    assert ask_secret("The word").value == " two  words "


def test_a_new_secret_is_typed_twice(typing: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    typing("one", "other", "same", "same")
    assert ask_new_secret("The word").value == "same"
    assert "not the same" in capsys.readouterr().err


@pytest.mark.parametrize("unended", ["", "yes"])
def test_the_end_of_the_input_is_no_answer(typing: Callable[..., None], unended: str) -> None:
    typing(unended=unended)
    with pytest.raises(NeedsUser, match="was not answered"):
        ask_yes("Really?")


def test_without_a_terminal_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    for asked in (lambda: ask("A?", check=str), lambda: ask_secret("A?"), lambda: ask_choice("A?", [])):
        with pytest.raises(NeedsUser, match="no terminal"):
            asked()


ASKING = """
import sys
from unittest.mock import patch
sys.argv[0] = "x"
from monitor.cli import asking, main
def work(rest, **_):
    print("named", asking.ask("Name", check=asking.not_empty))
    print("got", asking.ask_secret("Word").value)
    asking.ask("And now", check=str)
with patch.object(main, "_parser", lambda wanted: work):
    sys.exit(main.run(["doctor"]))
"""


def test_a_secret_is_typed_unseen_and_the_terminal_is_as_it_was() -> None:
    with terminal(sys.executable, "-c", ASKING) as person:
        person.answer("Name: ", "J\udcffne")  # half a letter, as from a terminal of another encoding
        person.answer("again.\nName: ", "Zoë")
        person.until("named Zoë")
        person.until("(it is not shown): ")
        assert not person.is_seen()
        person.type("hunter2")
        assert person.until("got hunter2").count("hunter2") == 1
        person.until("And now: ")
        assert person.is_seen()
        person.type("")
        assert person.ended() == 0


WAITING = """
from monitor.cli import asking
for what in (asking.ask, asking.ask_secret):
    print("working")
    input()  # the test's sign that everything was typed
    print("got", str(getattr(found := what("Name", check=asking.not_empty), "value", found)))
"""


def test_what_was_typed_before_a_question_is_no_answer_to_it() -> None:
    """Somebody types into the next question's line while the program still works."""
    with terminal(sys.executable, "-c", WAITING) as person:
        for question in ("Name: ", "(it is not shown): "):
            person.until("working")
            person.type("\nyes\nhalf a li", enter=False)  # the first Enter ends the work, the rest waits
            person.answer(question, "Jane")
            assert person.until("got ").strip() and person.until("\n") == "Jane\n"
        assert person.ended() == 0


@pytest.mark.parametrize(("key", "code"), [(CTRL_C, 130), (CTRL_D, 3)], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("at", ["Name: ", "(it is not shown): "], ids=["at a question", "at a secret"])
def test_a_key_that_ends_it(key: str, code: int, at: str) -> None:
    with terminal(sys.executable, "-c", ASKING) as person:
        if "shown" in at:
            person.answer("Name: ", "Jane")
        person.until(at)
        person.type(key, enter=False)
        assert person.ended() == code
        assert "Traceback" not in person.text and "stopped" in person.text, person.text
