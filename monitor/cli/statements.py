"""What a person says for drafts, in the same words for every command that makes some."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.takedown.facts import Statements

DEFAULT_LANGUAGE = "en"

LanguageOption = Annotated[
    str, typer.Option(help="Of the text to send: en, de, es or fr. No lawyer has read the translations.")
]


def _folder(written: str) -> Path:
    """Nothing is no folder: Path would take it for the one where the command was typed."""
    if not written.strip():
        raise UsageError(
            "--out names no folder", remedy="Name one, or leave --out away: then the drafts are the case's."
        )
    return Path(written)


OutOption = Annotated[
    Path | None,
    typer.Option(
        parser=_folder, metavar="PATH", help="A folder of your own for the drafts. Default: the case's, in data_dir."
    ),
]
ForgedOption = Annotated[
    bool, typer.Option("--forged", help="You state, of each: it was made or changed by a computer.")
]
NameRuleWord = Literal["auto", "allow", "withhold"]
NameOption = Annotated[
    NameRuleWord,
    typer.Option(help="Whether your legal name may stand in it; auto = only where a form or the law demands it."),
]


def stated(
    *,
    forged: bool,
    language: str,
    name: NameRuleWord,
    circumstances: str = "",
    owns_copyright: bool = False,
    asks_as_data_subject: bool = False,
    with_hash: bool = False,
    guess: str = "",
) -> Statements:
    """Raises UsageError for a language in which there are no texts."""
    from monitor.takedown.drafts import NameRule
    from monitor.takedown.facts import Statements
    from monitor.takedown.words import language_of

    return Statements(
        forged=forged,
        owns_copyright=owns_copyright,
        asks_as_data_subject=asks_as_data_subject,
        circumstances=circumstances.strip(),
        names=NameRule(name),
        with_hash=with_hash,
        guess=guess.strip().lower(),
        language=language_of(language),
    )
