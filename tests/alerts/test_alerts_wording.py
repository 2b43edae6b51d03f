from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import digest, digest_words, outbox, wording
from monitor.alerts.clean import inert_url
from monitor.documents.blocks import Message
from monitor.model.alert import Alert, AlertKind
from monitor.model.observation import RunStatus
from monitor.model.settings import AlertSettings
from tests.alerts.alert_helpers import NOW, run, sighting

# Words that would tell a stranger, or the person who did it, what this is about.
TELLING = set(
    """image images photo photos picture pictures video copy copies copied nude nudes naked intimate sex sexual
porn explicit body leak leaked leaks abuse abuser victim survivor revenge stolen upload uploaded reupload takedown
notice report reports evidence match matches hash sighting sightings site website forum page_url url http https www
police lawyer illegal crime harassment stalker consent private monitor-reupload reupload-monitor jane doe bedroom
""".split()
)


def every_kind(**changes: object) -> list[Alert]:
    made = outbox.alert_for(sighting(1), None, now=NOW, urgent=True, settings=AlertSettings())
    base = replace(made, number="3-K7")
    kinds = [kind for kind in AlertKind if kind is not AlertKind.DIGEST]
    return [replace(base, kind=kind, subject="forum-jane-doe", **changes) for kind in kinds]  # type: ignore[arg-type]


def discreet_messages() -> list[Message]:
    settings = AlertSettings()
    made = [wording.alert_message(a, [sighting(1)], settings) for n in (1, 30) for a in every_kind(count=n)]
    facts = digest.DigestFacts(
        case="default",
        since=NOW,
        until=NOW,
        sightings=(sighting(1), sighting(2)),
        runs=(run("forum-jane-doe", status=RunStatus.FAILED),),
        last_good={},
    )
    made.append(digest_words.digest_message(digest.build(facts), settings, number="3-K7"))
    return made


@pytest.mark.parametrize("form", ["subject", "text", "html"])
def test_discreet_tells_nothing(form: str) -> None:
    for message in discreet_messages():
        written = re.sub(r"<[^>]+>", " ", getattr(message, form)).lower()
        words = set(re.findall(r"[a-z_]+(?:-[a-z]+)*", written))
        assert not words & TELLING, message.subject
        assert ".example" not in written


def test_no_form_loads_or_links_anything() -> None:
    settings = AlertSettings(detail="full")
    for alert in every_kind():
        html = wording.alert_message(alert, [sighting(1)], settings).html.lower()
        assert not re.search(r"<(img|a|link|script|style|iframe|svg)\b|src=|href=|url\(", html)


def test_the_subject_carries_the_chosen_name_and_nothing_more() -> None:
    alert = every_kind(count=30)[0]
    assert (
        wording.alert_message(alert, [], AlertSettings(product_name="Garden club")).subject
        == "Garden club: 30 new entries, 3-K7"
    )


def test_every_message_carries_the_alerts_number() -> None:
    for alert in every_kind():
        message = wording.alert_message(alert, [], AlertSettings())
        assert message.subject.endswith(", 3-K7") and "Number: 3-K7" in message.text and "3-K7" in message.html


@pytest.mark.parametrize(
    ("detail", "told", "kept"),
    [
        pytest.param("discreet", [], ["forum", "bedroom", "Jane", "sure"], id="discreet"),
        pytest.param(
            "summary", ["forum[.]example", "your photo “bedroom”"], ["Jane", "threads", "cdn", "0.97"], id="summary"
        ),
        pytest.param("full", ["hxxps://forum[.]example/threads/1", "Jane Doe", "cdn[.]example/1.jpg"], [], id="full"),
    ],
)
def test_degrees_of_detail(detail: str, told: list[str], kept: list[str]) -> None:
    text = wording.alert_message(every_kind()[0], [sighting(1)], AlertSettings(detail=detail)).text
    assert all(word in text for word in told)
    assert not any(word in text for word in kept)


def test_of_what_is_under_age_only_address_and_time_are_said() -> None:
    text = wording.alert_message(every_kind()[0], [sighting(1, under_18=True)], AlertSettings(detail="full")).text
    assert "hxxps://forum[.]example/threads/1, Sun 22 Nov, 21:04 UTC" in text
    assert not any(word in text for word in ("bedroom", "Jane", "cdn", "0.97"))


def test_a_long_list_is_cut_and_said() -> None:
    text = wording.alert_message(
        every_kind()[0], [sighting(n) for n in range(30)], AlertSettings(detail="summary")
    ).text
    assert "and 10 more" in text


HOSTILE = [
    "\r\nBcc: everyone@evil.test",
    "<script>alert(1)</script><img src=x onerror=y>",
    "\u202egpj.exe\u202c \u2066x\u2069",
    "\x1b]0;owned\x07\x1b[31m",
    "{{ 7*7 }} %s {0}",
    "\u2028line\u2029paragraph\x85next\x00nul",
    "\ud800lone surrogate",
    "a" * 100_000,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[repr(text[:12]) for text in HOSTILE])
def test_hostile_text_stays_text(hostile: str) -> None:
    found = sighting(1)
    place = replace(found.place, page_url=hostile, image_url="https://" + hostile, title=hostile)
    found = replace(found, place=place, match=replace(found.match, label=hostile, reason=hostile))
    alert = replace(every_kind()[0], subject=hostile)
    message = wording.alert_message(alert, [found], AlertSettings(detail="full", product_name=hostile))
    assert "\n" not in message.subject and "\r" not in message.subject
    assert len(message.subject.rpartition(":")[0]) <= 40
    assert not re.search(r"<(script|img)", message.html)
    for form in (message.subject, message.text, message.html):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", form)
        assert len(form) < 10_000
        form.encode()


@given(st.text())
def test_no_address_opens_by_itself(text: str) -> None:
    assert not re.search(r"(?i)https?://|www\.", inert_url("https://" + text))
    assert " " not in inert_url(text)
