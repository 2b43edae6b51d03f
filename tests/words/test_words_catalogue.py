"""The catalogue holds every word of page, alerts and digest, whole and current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

from monitor.alerts import digest, digest_words, wording
from monitor.catalogue import said, said_many, spoken
from monitor.documents.blocks import Message
from monitor.model.alert import AlertKind
from monitor.model.channel_health import ChannelHealth
from monitor.model.observation import RunStatus
from monitor.model.settings import AlertDetail, AlertSettings
from monitor.model.sighting import Status
from tests.alerts.alert_helpers import NOW, run, sighting
from tests.alerts.test_alerts_wording import every_kind
from tests.words.gathering import ROOT, WORDS, gathered, not_gathered, written
from tests.words.pseudo import Pseudo

TEMPLATES = sorted((ROOT / "monitor" / "review" / "templates").rglob("*.html"))
_READ = ("aria-label", "title", "placeholder", "alt", "content", "summary", "label", "aria-description")
_ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"|\bdata-\w+|\bautofocus\b')
_PLACES = re.compile(r"%\((\w+)\)[sd]")


def test_the_words_are_current() -> None:
    assert WORDS.read_text("utf-8") == written(), "type `make words`"


def test_every_word_can_be_gathered() -> None:
    assert list(not_gathered()) == []


def test_both_forms_take_the_same_values() -> None:
    wrong = []
    for message in gathered():
        if isinstance(message.id, tuple):
            one, many = (set(_PLACES.findall(form)) for form in message.id)
            if one | {"count"} != many | {"count"}:
                wrong.append(message.id)
    assert wrong == []


class _Shown(HTMLParser):
    """Letters that stand in the template itself."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = list[str]()
        self.in_code = False

    def handle_data(self, data: str) -> None:
        data = _ATTRIBUTE.sub("", data)  # a macro may be attributes alone
        if re.search(r"[A-Za-z]{2}", data) and not self.in_code:
            self.letters.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        self.in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.in_code = tag in ("code", "kbd", "pre")  # a command is typed as it is
        if tag != "meta":
            self.letters += [named[name] for name in _READ if re.search(r"[A-Za-z]{2}", named.get(name, ""))]


def raw(template: str) -> Iterator[str]:
    """What stands in it beside its code; a comment and a statement are nothing, a value is `0`."""
    inside = False
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"]).lex(template):
        if kind in ("block_begin", "comment_begin", "variable_begin"):
            inside = True
            yield "0" if kind == "variable_begin" else ""
        elif kind in ("block_end", "comment_end", "variable_end"):
            inside = False
        elif kind == "data" and not inside:
            yield value


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_a_word_past_the_catalogue(path: Path) -> None:
    text = path.read_text("utf-8")
    beside = re.sub(r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}", "0", text, flags=re.DOTALL)
    read = _Shown()
    read.feed("".join(raw(beside)))
    read.close()
    assert read.letters == []


def messages(detail: AlertDetail) -> list[Message]:
    settings = AlertSettings(detail=detail, product_name="0")
    finds = [sighting(number, status=status) for number, status in enumerate(Status, start=1)]
    alerts = [replace(alert, count=count) for count in (1, 30) for alert in every_kind()]
    made = [wording.alert_message(one, finds, settings) for one in alerts]
    facts = digest.DigestFacts(
        case="default",
        since=NOW,
        until=NOW,
        sightings=tuple(finds),
        runs=(run("w1", status=RunStatus.FAILED), run("w2")),
        last_good={"w2": NOW},
        failing=(ChannelHealth(target="t", name="1 (w1)", tried_at=NOW, failing_since=NOW, said="w2"),),
        custody="0123",
        wrong=2,
        stopped=True,
        folded=("w1",),
    )
    return [*made, digest_words.digest_message(digest.build(facts), settings, number="3-K7")]


PUT_IN = re.compile(
    r"\b(forum-jane-doe|forum|example|threads|hxxps?|cdn|jpg|Jane|Doe|nudes|leaked|bedroom|no good look|UTC|"
    r"w[12]|0123|\d+-[A-Z]\d)\b|`[^`]*`"
)


@pytest.mark.parametrize("detail", AlertDetail)
def test_alerts_and_digest_take_every_word_from_the_catalogue(detail: AlertDetail) -> None:
    with spoken(Pseudo()):
        for message in messages(detail):
            left = re.findall(r"[A-Za-z]{2,}", PUT_IN.sub("", f"{message.subject}\n{message.text}"))
            assert left == [], message.subject


def test_the_html_says_its_language_and_direction() -> None:
    assert '<html lang="en" dir="ltr">' in messages(AlertDetail.DISCREET)[0].html
    with spoken(Pseudo()):
        assert '<html lang="he" dir="rtl">' in messages(AlertDetail.DISCREET)[0].html


def test_plural_forms_are_those_of_the_language() -> None:
    with spoken(Pseudo()):
        assert said_many("one %(count)d", "many %(count)d", 2)[0] != said_many("one %(count)d", "many %(count)d", 7)[0]
    assert (said_many("1", "%(count)d", 1), said_many("1", "%(count)d", 0)) == ("1", "0")


@pytest.mark.parametrize("value", ["%", "%(x)s", "{{ x }}", "%s%d", "<b>"])
def test_what_is_put_in_is_text(value: str) -> None:
    assert said("a %(x)s b", x=value) == f"a {value} b"


def test_every_kind_of_alert_has_words() -> None:
    assert {alert.kind for alert in every_kind()} == set(AlertKind) - {AlertKind.DIGEST}
