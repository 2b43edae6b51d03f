"""What a desk's mail seems to say: outcome and number, proposed for the person to confirm. Pure.

Nothing is decided here: who wrote a mail can be forged, and a phrase can mean something else. Each proposal says which
sentence it was read in; where several outcomes are named, none is proposed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from monitor.model.mail import MailReading
from monitor.model.report import AnswerKind

MAX_SENTENCES = 2_000
MOST_WORDS_READ = 20_000  # characters; an outcome stands at the beginning
MOST_WORDS_KEPT = 2_000  # characters of what the desk wrote that stay with the report

# Where the answer ends and what was sent before begins, in the words of mail programs.
_QUOTE = re.compile(
    r"^(?:>|-{2,} ?(?:original message|ursprüngliche nachricht|mensaje original|message d'origine|forwarded message)"
    r"|(?:on|am|el|le) .{4,120}(?:wrote|schrieb|escribió|a écrit).{0,80}:$|_{20,}$)",
    re.IGNORECASE,
)
_HEAD = re.compile(  # "*From:*" where its letters were bold
    r"(?:(?P<sender>from|von|de|remitente)|(?P<day>sent|date|gesendet|datum|enviado(?: el)?|fecha|envoyé(?: le)?)"
    r"|(?P<receiver>to|an|para|à|cc)|(?P<subject>subject|betreff|asunto|objet))[ \t\u00a0*]{0,3}:",
    re.IGNORECASE,
)
HEAD_LINES = 8
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n{2,}")

_FIRM = (AnswerKind.REFUSED, AnswerKind.MORE_ASKED, AnswerKind.REMOVED)
_TURNED = (AnswerKind.REMOVED, AnswerKind.ACKNOWLEDGED)  # a "not" before it turns it round
_STILL = re.compile(r"no longer|nicht mehr|ya no|n.est plus", re.IGNORECASE)  # and this is no such "not"


class _Words(NamedTuple):
    said: dict[AnswerKind, re.Pattern[str]]
    unsure: re.Pattern[str]
    undone: re.Pattern[str]
    of_something_else: re.Pattern[str]
    lists: re.Pattern[str]
    negated: re.Pattern[str]
    bounced: re.Pattern[str]
    number: re.Pattern[str]


@cache
def _words() -> _Words:
    found = tomllib.loads((files("monitor.takedown") / "answers.toml").read_text("utf-8"))

    def any_of(words: Sequence[str], around: str = "(?:{})") -> re.Pattern[str]:
        return re.compile(around.format("|".join(words)), re.IGNORECASE)

    around = found["around"]
    return _Words(
        {state: any_of(found["said"][state.value.replace("-", "_")]) for state in (*_FIRM, AnswerKind.ACKNOWLEDGED)},
        any_of(around["unsure"], r"\b(?:{})\b"),
        any_of(around["undone"], r"\b(?:{})"),
        any_of(around["of_something_else"], r"\b(?:{})\b"),
        any_of(around["lists"]),
        any_of(around["negated"], r"\b(?:{})\b"),
        any_of(around["bounced"]),
        any_of(around["number"], r"\b(?:{})" + _NUMBER),
    )


# Between the word and the number: "number", "no.", "is", ":", "#", brackets. Or a number in brackets by itself.
_NUMBER = (
    r"[ \t]{{0,3}}(?:number|no|nr|id|num|número|numero|numéro|nummer|n)?[.°º]?[ \t]{{0,3}}"
    r"(?:is|ist|es|est)?[ \t]{{0,3}}"
    r"[:#-]{{0,2}}[ \t]{{0,3}}[\[(]?#?((?=[A-Z0-9-]{{0,30}}\d)[A-Z0-9][A-Z0-9-]{{2,39}})\b"
    r"|[\[(]#([A-Z0-9-]{{3,40}})[\])]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """outcome: None where the mail does not say, or says several things. because: the sentence, or what else it was
    read from. numbers: the likeliest first. text: what the desk wrote, without what was sent before. sent_at: as the
    mail says, None where it says nothing that can be."""

    outcome: AnswerKind | None
    because: str = ""
    numbers: tuple[str, ...] = ()
    text: str = ""
    sender: str = ""
    sent_at: datetime | None = None
    dead: tuple[str, ...] = ()


def proposal_of(mail: MailReading, now: datetime) -> Proposal:
    text = own_words(mail.text)[:MOST_WORDS_READ]
    outcome, because = _outcome(mail, text)
    return Proposal(
        outcome=outcome,
        because=because,
        numbers=tuple(dict.fromkeys((*_numbers(mail.subject), *_numbers(text)))),
        text=text[:MOST_WORDS_KEPT],
        sender=mail.sender,
        sent_at=_moment(mail.date, now),
        dead=mail.failed if outcome is AnswerKind.BOUNCED else (),
    )


def own_words(text: str) -> str:
    """Without lines quoted from what was sent before, and without everything from where a mail program began it."""
    kept: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _is_head_of_a_mail(lines[number : number + HEAD_LINES]):
            break
        if _QUOTE.match(line.strip()):
            if not line.lstrip().startswith(">"):
                break
            continue
        kept.append(line)
    return "\n".join(kept).strip()


def _is_head_of_a_mail(lines: Sequence[str]) -> bool:
    """Outlook puts sender, day, receiver and subject of what was sent before, each on a line, and marks none of it as
    quoted. Three of them, the sender first."""
    names = []
    for line in lines:
        found = _HEAD.match(line.strip(" \t*>_"))
        if found is None and line.strip():
            break
        if found is not None:
            names.append(next(name for name, said in found.groupdict().items() if said))
    return names[:1] == ["sender"] and len(set(names)) >= 3


def _outcome(mail: MailReading, text: str) -> tuple[AnswerKind | None, str]:
    if mail.failed:
        return AnswerKind.BOUNCED, f"it could not be delivered to {', '.join(mail.failed)}: {mail.why}".rstrip(": ")
    if _words().bounced.search(mail.subject) and (mail.is_automatic or _is_postmaster(mail.sender)):
        return AnswerKind.BOUNCED, mail.subject
    said = {state: sentence for state, sentence in _said(text)}
    if AnswerKind.REMOVED in said and (undone := _words().undone.search(text)):
        return None, "it says that something was put back: " + _around(" ".join(text.split()), undone)
    firm = [state for state in _FIRM if state in said]
    if len(firm) > 1:
        return None, "it says several things: " + " / ".join(said[state] for state in firm)
    if firm:
        return firm[0], said[firm[0]]
    if AnswerKind.ACKNOWLEDGED in said:
        return AnswerKind.ACKNOWLEDGED, said[AnswerKind.ACKNOWLEDGED]
    if mail.is_automatic:
        return AnswerKind.ACKNOWLEDGED, "an automatic answer"
    return None, ""


def _said(text: str) -> Iterator[tuple[AnswerKind, str]]:
    """The last sentence for each; a later one of the same kind says the same."""
    words = _words()
    for sentence in _sentences(text):
        if words.unsure.search(sentence):
            if asked := words.said[AnswerKind.MORE_ASKED].search(sentence):
                yield AnswerKind.MORE_ASKED, _around(sentence, asked)
            continue
        for state, phrases in words.said.items():
            found = phrases.search(sentence)
            if found is None or (state in _TURNED and _is_turned(sentence, found)):
                continue
            if state is AnswerKind.REMOVED and _is_of_something_else(sentence):
                continue
            yield state, _around(sentence, found)


def _is_turned(sentence: str, found: re.Match[str]) -> bool:
    return not _STILL.match(found[0]) and _words().negated.search(sentence[: found.end()]) is not None


def _is_of_something_else(sentence: str) -> bool:
    """An account on a mailing list, a mailbox; or what heads a list, which may be empty."""
    words = _words()
    return words.of_something_else.search(sentence) is not None or words.lists.search(sentence) is not None


def _sentences(text: str) -> Sequence[str]:
    return [" ".join(part.split()) for part in _SENTENCE.split(text)[:MAX_SENTENCES] if part.strip()]


def _around(sentence: str, found: re.Match[str]) -> str:
    begin = max(0, found.start() - 80)
    return ("..." if begin else "") + sentence[begin : found.end() + 80].strip()


def _numbers(text: str) -> Iterator[str]:
    for found in _words().number.finditer(text):
        number = (found[1] or found[2]).strip("-")
        if any(character.isdigit() for character in number):
            yield number


def _is_postmaster(sender: str) -> bool:
    return sender.partition("@")[0].lower() in ("mailer-daemon", "postmaster", "maildaemon")


def _moment(date: str, now: datetime) -> datetime | None:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return found if found <= now else None
