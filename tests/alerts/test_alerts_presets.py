"""What `alerts add` offers: each provider and service makes a URL that Apprise reads as it was meant."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest
from apprise import Apprise, AppriseAsset
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.presets import (
    ANSWER_CHECKS,
    MailSecurity,
    check_mail_address,
    mail_providers,
    mail_url,
    own_servers,
    provider_of,
    push_services,
    push_url,
)
from monitor.outbound.alerts.mail import mail_of

logging.getLogger("apprise").setLevel(logging.CRITICAL)
SENDING = [one for one in mail_providers() if not one.refused]
ADDRESS, PASSWORD = "jane.d+x@{}", "a:b/c@d?e&f#% g"


@pytest.mark.parametrize("provider", [pytest.param(one, id=one.id) for one in SENDING])
def test_a_mail_is_sent_as_the_provider_wants_it(provider) -> None:  # type: ignore[no-untyped-def]
    address = ADDRESS.format(provider.domains[0])
    mail = mail_of(mail_url(provider, address=address, to="ann@x.org", user=address, password=PASSWORD), AppriseAsset())
    assert (mail.smtp_host, mail.port, mail.secure_mode) == (provider.server, provider.port, provider.security.value)
    assert (mail.user, mail.password, mail.sender) == (address, PASSWORD, address)
    assert [(one.address, one.problem) for one in mail.recipients()] == [("ann@x.org", "")]
    assert mail.verify_certificate is (provider.id != "proton") and provider.password
    assert provider_of(address) is provider


def test_no_address_is_two_providers() -> None:
    domains = [domain for one in mail_providers() for domain in one.domains]
    assert len(domains) == len(set(domains))
    assert provider_of("jane@nowhere.example") is None


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_whatever_stands_in_a_password_arrives(user: str, password: str) -> None:
    url = mail_url(SENDING[0], address="a@x.org", to="a@x.org", user=user.strip() or "u", password=password)
    assert url.isascii() and not any(char.isspace() for char in url)


ANSWERS: Mapping[str, Mapping[str, str]] = {
    "ntfy": {"server": "https://ntfy.sh", "topic": "m-abc123"},
    "signal": {"server": "http://127.0.0.1:8080", "sender": "+4915112345678", "to": "+4915112345679"},
    "matrix": {"server": "https://matrix.org", "room": "!abc:matrix.org", "token": "syt_abc/def+x="},
    "telegram": {"token": "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "chat": "-1001234"},
    "home-assistant": {
        "server": "http://ha.local:8123",
        "token": "aaaaaaaaaaaaaaaaaaaa.b-_.c",
        "device": "mobile_app_phone",
    },
}
MEANT: Mapping[str, Mapping[str, object]] = {
    "ntfy": {"secure": True, "host": "ntfy.sh", "topics": ["m-abc123"], "mode": "private"},
    "signal": {"secure": False, "port": 8080, "source": "+4915112345678", "targets": ["+4915112345679"]},
    "matrix": {"secure": True, "host": "matrix.org", "password": "syt_abc/def+x=", "rooms": ["!abc:matrix.org"]},
    "telegram": {"bot_token": ANSWERS["telegram"]["token"], "targets": [(-1001234, None)], "detect_owner": False},
    "home-assistant": {
        "accesstoken": "aaaaaaaaaaaaaaaaaaaa.b-_.c",
        "targets": [("notify", "mobile_app_phone", [])],
        "port": 8123,
    },
}


@pytest.mark.parametrize("service", [pytest.param(one, id=one.id) for one in push_services()])
def test_a_service_is_read_as_it_was_meant(service) -> None:  # type: ignore[no-untyped-def]
    answers = ANSWERS[service.id]
    assert {one.key for one in service.ask} == set(answers)
    assert {one.key: ANSWER_CHECKS[one.kind](answers[one.key]) for one in service.ask} == answers
    plugin = vars(Apprise.instantiate(push_url(service, answers)))
    assert {key: plugin[key] for key in MEANT[service.id]} == MEANT[service.id]
    assert service.words and service.look


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [
        pytest.param("server", "https://ntfy.sh/", "https://ntfy.sh", id="a last slash"),
        pytest.param("server", "ntfy.sh", "https://ntfy.sh", id="a name alone"),
        pytest.param("server", "homeassistant.local:8123", None, id="a port, and no scheme"),
        pytest.param("server", "https://u:p@ntfy.sh", None, id="a password in it"),
        pytest.param("server", "https://x/y", None, id="a path"),
        pytest.param("server", "https://x:99999", None, id="no such port"),
        pytest.param("phone", "+49 (151) 123-45 678", "+4915112345678", id="as people write it"),
        pytest.param("phone", "0151 1234567", None, id="no country"),
        pytest.param("topic", "abc", None, id="too easy to guess"),
        pytest.param("topic", "a/b c?d=e", None, id="not a name"),
        pytest.param("room", "kitchen", None, id="no room"),
        pytest.param("chat", "@jane", None, id="a name for a chat"),
        pytest.param("bot", "hello", None, id="no token of a bot"),
        pytest.param("device", "notify.mobile_app_x", "notify.mobile_app_x", id="with its domain"),
        pytest.param("device", "../x", None, id="no device"),
        pytest.param("secret", "two words", None, id="half a token"),
    ],
)
def test_nonsense_is_told_with_what_would_be_right(kind: str, typed: str, meant: str | None) -> None:
    if meant is not None:
        assert ANSWER_CHECKS[kind](typed) == meant
        return
    with pytest.raises(ValueError) as caught:
        ANSWER_CHECKS[kind](typed)
    assert len(str(caught.value)) > 20 and typed not in str(caught.value)


@given(st.sampled_from(sorted(ANSWER_CHECKS)), st.text(max_size=40))
def test_a_check_takes_or_tells(kind: str, typed: str) -> None:
    try:
        ANSWER_CHECKS[kind](typed)
    except ValueError as error:
        assert str(error)


SSL, STARTTLS, NONE = MailSecurity.SSL, MailSecurity.STARTTLS, MailSecurity.NONE


@pytest.mark.parametrize(
    ("written", "ways"),
    [
        pytest.param("smtp.x.org", [(465, SSL, True), (587, STARTTLS, True)], id="a name"),
        pytest.param("smtps://smtp.x.org:465/", [(465, SSL, True), (465, STARTTLS, True)], id="a port, as a URL"),
        pytest.param("x.org:587", [(587, STARTTLS, True), (587, SSL, True)], id="the other port"),
        pytest.param(
            "127.0.0.1:2525",
            [(2525, STARTTLS, False), (2525, SSL, False), (2525, NONE, False)],
            id="this machine itself",
        ),
        pytest.param("10.0.0.5:25", [(25, STARTTLS, True), (25, SSL, True)], id="never in clear to another machine"),
    ],
)
def test_how_a_server_may_be_reached(written: str, ways: list[tuple[int, MailSecurity, bool]]) -> None:
    assert [(one.port, one.security, one.verify) for one in own_servers(written)] == ways


@pytest.mark.parametrize("written", ["", "x y", "x.org:", "x.org:0", "x.org:99999", "http://x.org", "a@b", "[::1]"])
def test_what_is_no_server(written: str) -> None:
    with pytest.raises(ValueError, match=r"mail\.example|1 to 65535"):
        own_servers(written)


@pytest.mark.parametrize(
    "typed", ["", "jane", "jane@", "@x.org", "jane@x", "a b@x.org", "a@x.org,b@x.org", "a@x.org?b"]
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError, match=r"jane@mail\.example"):
        check_mail_address(typed)
