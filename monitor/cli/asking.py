"""The only place where a person is asked: questions to stderr, answers from stdin, on a terminal alone.

What was typed before a question stands there is no answer to it. An answer is checked at once. One that is not taken is
told why, and asked again; the answers before it are kept. Ctrl-D is NeedsUser, Ctrl-C ends the program with 130: so a
command asks everything first, and then does it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from monitor.cli import printing
from monitor.errors import AttestationMissing, MonitorError, NeedsUser, UsageError
from monitor.model.case import Attestation, Authority
from monitor.plain import is_unsafe

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model.settings import Secret

T = TypeVar("T")

LINE = 72
"""Characters; a question that is longer is answered on a line of its own."""

TEXT_WIDTH = 78
"""Characters of a line of what is explained."""

YES = ("y", "yes")
NO = ("n", "no", "not sure", "unsure", "i am not sure", "i do not know", "maybe")


@dataclass(frozen=True, slots=True)
class Choice:
    """key: what the program knows it by, and may be typed. words: for the person."""

    key: str
    words: str


def is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def explain(text: str) -> None:
    """What stands before a question: an empty line, then the text, wrapped."""
    printing.say(f"\n{_wrapped(text)}")


def ask(question: str, *, check: Callable[[str], T], default: str = "") -> T:
    """What `check` makes of one line, without the blanks around it; an empty line is `default`. check: raises
    ValueError or UsageError with what would be right. Raises NeedsUser at the end of the input and without a terminal.
    """
    _need_terminal(question)
    while True:
        _forget_what_waits()
        printing.prompt(_laid_out(f"{question} [{default}]" if default else question))
        try:
            return check(_readable(_line().strip()) or default)
        except (ValueError, UsageError) as problem:
            _tell(problem)


def ask_yes(question: str, *, default: bool | None = None) -> bool:
    """default: what an empty line means; None: it is asked again. Whoever is not sure says no."""

    def answer(typed: str) -> bool:
        said = typed.lower().rstrip(".!")
        if said in YES or said in NO:
            return said in YES
        raise ValueError("Please type yes or no. If you are not sure, type no.")

    return ask(f"{question} (yes / no)", check=answer, default={None: "", True: "yes", False: "no"}[default])


def ask_choice(question: str, choices: Sequence[Choice], default: str = "") -> str:
    """The key of one of them, chosen by its number or its key. default: a key."""
    _need_terminal(question)
    printing.say(question)
    for number, one in enumerate(choices, start=1):
        printing.say(f"  {number:>2}  {one.words}")
    keys = [one.key for one in choices]

    def answer(typed: str) -> str:
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(keys):
            return keys[int(typed) - 1]
        found = [key for key in keys if key.lower() == typed.lower()]
        if not found:
            raise ValueError(f"Please type one of the numbers, 1 to {len(keys)}.")
        return found[0]

    shown = str(keys.index(default) + 1) if default else ""
    return ask("Which one?", check=answer, default=shown)


def not_empty(typed: str) -> str:
    """A check for `ask` and `ask_secret`."""
    if not typed:
        raise ValueError("It cannot be empty.")
    return typed


def ask_secret(question: str, *, check: Callable[[str], str] = not_empty) -> Secret:
    """Typed unseen, blanks and all. check: gives what is kept. Raises as `ask` does."""
    from monitor.model.settings import Secret

    _need_terminal(question)
    while True:
        with _unseen():
            _forget_what_waits()
            printing.prompt(_laid_out(f"{question} (it is not shown)"))
            typed = _line()
        printing.say()  # the Enter was unseen as well
        try:
            return Secret(check(_readable(typed)))
        except (ValueError, UsageError) as problem:
            _tell(problem)


def ask_new_secret(question: str, *, check: Callable[[str], str] = not_empty) -> Secret:
    """A secret that is made now: typed twice, from the beginning where the two differ."""
    while True:
        first = ask_secret(question, check=check)
        if ask_secret("The same once more", check=lambda typed: typed).value == first.value:
            return first
        printing.say("  The two are not the same. Both again, please.")


def _need_terminal(question: str) -> None:
    if not is_terminal():
        raise NeedsUser(
            f"it has to be asked, and there is no terminal to ask on: {question}",
            remedy="Run the command in a terminal, or give the answer in its options: see its --help.",
        )


def _laid_out(question: str) -> str:
    asked = question if question.endswith("?") else f"{question}:"
    return f"{asked} " if len(asked) <= LINE else f"{_wrapped(asked)}\n> "


def _line() -> str:
    """Without its end. What is typed and not ended by Enter is no answer."""
    buffer = getattr(sys.stdin, "buffer", None)  # none: a test's own stream
    try:
        typed = buffer.readline() if buffer else sys.stdin.readline()
    except KeyboardInterrupt:
        printing.say()
        raise
    line = typed.decode(sys.stdin.encoding, "surrogateescape") if isinstance(typed, bytes) else typed
    if not line.endswith("\n"):
        printing.say()
        raise NeedsUser(
            "the question was not answered, so it stopped here",
            remedy="Nothing was changed. Give the command again when you want to go on.",
        )
    return line.removesuffix("\n").removesuffix("\r")


def _readable(typed: str) -> str:
    """Raises ValueError for what no keyboard means: an arrow key, half a letter."""
    if any(is_unsafe(sign) and sign not in "\u200c\u200d" for sign in typed):  # joiners are letters of some scripts
        raise ValueError("There are signs in it that are no letters, from an arrow key perhaps. Please type it again.")
    return typed


def _forget_what_waits() -> None:
    """What was typed before the question stands there was not meant for it."""
    import termios

    with contextlib.suppress(OSError, ValueError, termios.error):  # a test's own stream
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Not by the library's getpass: that asks the terminal that the process belongs to, which need not be the one that
    answers."""
    import termios

    try:
        file = sys.stdin.fileno()
        before = termios.tcgetattr(file)
    except (OSError, ValueError, termios.error):  # a test's own stream
        yield
        return
    unseen = [*before]
    unseen[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(file, termios.TCSADRAIN, unseen)
        yield
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)


def _wrapped(text: str, indent: str = "") -> str:
    import textwrap

    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _tell(problem: ValueError | UsageError) -> None:
    said = str(problem)
    printing.say(_wrapped(f"{said[:1].upper()}{said[1:]}", "  "))
    if isinstance(problem, MonitorError) and problem.remedy:
        printing.say(_wrapped(problem.remedy, "  "))


# --- questions that several commands ask


def ask_attestation(adult: bool, authorised: Authority | None, *, may_ask: bool = True) -> Attestation:
    """From the options, else by asking. Raises AttestationMissing, UnderAge."""
    from monitor.clock import utc_now
    from monitor.services import cases

    if not (adult and authorised) and not (may_ask and is_terminal()):
        raise AttestationMissing(
            "it has not been said that everybody shown was 18 or older when each picture was taken, and that you are "
            "the person shown or act with their authority",
            remedy="Say it with: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
        )
    if not (adult and authorised):
        explain("Two questions before anything is looked at. They are asked once, and the answers are kept.")
        adult = adult or ask_yes("Was everybody shown 18 or older when each picture was taken?")
        authorised = authorised or (_ask_authority() if adult else None)
    return cases.attestation(adult=adult, authority=authorised, at=utc_now())


def _ask_authority() -> Authority | None:
    if ask_yes("Are you the person shown?"):
        return Authority.SELF
    if ask_yes("Do you act with the authority of the person shown?"):
        return Authority.REPRESENTATIVE
    return None


def confirmed(question: str, yes: bool, *, why: str = "this cannot be undone, so it has to be confirmed") -> None:
    """Raises NeedsUser unless --yes was given or the person says so. why: where nobody can be asked."""
    if yes:
        return
    if not is_terminal():
        raise NeedsUser(why, remedy="Add --yes.")
    if not ask_yes(question, default=False):
        raise NeedsUser("nothing was changed", remedy="")


def passphrase_of_identity(file: Path | None) -> Secret | None:
    """From the file, else typed, unseen; None without a terminal. Raises UsageError for a file without one."""
    if file is not None:
        return passphrase_in(file)
    return ask_secret("Passphrase of the identity") if is_terminal() else None


def key_in(path: Path) -> Secret:
    """The store's key, from its file. Raises UsageError."""
    from monitor.model.settings import Secret

    found = passphrase_in(path).value.strip().lower()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise UsageError(f"{path} holds no key of a store", remedy="It is one line of 64 hexadecimal digits.")
    return Secret(found)


def passphrase_in(path: Path) -> Secret:
    """The first line of a text file."""
    from monitor.model.settings import Secret

    try:
        found = path.read_text("utf-8").split("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read", remedy="A text file with the passphrase in its first line."
        ) from error
    if not found:
        raise UsageError(
            f"{path} does not hold a passphrase", remedy="A text file with the passphrase in its first line."
        )
    return Secret(found)
