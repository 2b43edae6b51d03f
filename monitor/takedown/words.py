"""The texts of requests: a folder of templates for each language, all with the same files."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from monitor.errors import UsageError

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

ENGLISH = "en"
"""The language in which the texts are written; the others are translations that no lawyer has read."""

WIDTH = 78
_NAMES = {"en": "English", "es": "Spanish", "de": "German", "fr": "French"}


@dataclass(frozen=True, slots=True)
class Words:
    """Short answers and the subjects of mails, in one language."""

    short: Mapping[str, str]
    subjects: Mapping[str, str]


@cache
def languages() -> tuple[str, ...]:
    """Codes of those there are texts in, English first."""
    found = {entry.name for entry in _folder().iterdir() if entry.is_dir() and entry.name in _NAMES}
    return tuple(sorted(found, key=lambda code: (code != ENGLISH, code)))


def language_of(asked: str) -> str:
    """`de-AT` -> `de`. Raises UsageError for one that there are no texts in."""
    code = asked.strip().lower().replace("_", "-").partition("-")[0]
    if code not in languages():
        known = ", ".join(f"{code} ({_NAMES[code]})" for code in languages())
        raise UsageError(f"there are no drafts in {asked!r} yet", remedy=f"--language is one of: {known}.")
    return code


def language_name(code: str) -> str:
    return _NAMES[code]


@cache
def words_in(language: str) -> Words:
    found = tomllib.loads((_folder() / language / "words.toml").read_text("utf-8"))
    return Words({key: text for key, text in found.items() if isinstance(text, str)}, found["subject"])


@cache
def templates_in(language: str) -> SandboxedEnvironment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=PackageLoader("monitor.takedown", f"templates/{language}"),
        undefined=StrictUndefined,
        # Plain text, so nothing to escape: what came from outside went through `plain` or `exact_url`.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrap"] = wrapped
    environment.filters["utc"] = lambda moment: moment.strftime("%Y-%m-%d %H:%M UTC")
    return environment


def wrapped(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(
        text, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )


def _folder() -> Traversable:
    return files("monitor.takedown") / "templates"
