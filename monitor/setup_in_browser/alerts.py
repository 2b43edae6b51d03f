"""Step six: how the person is told. What is answered becomes a channel, in a file of its own beside config.toml; what
needs the network, a test, is a wish that the daemon takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.alerts import presets
from monitor.app import App
from monitor.catalogue import said
from monitor.config import load
from monitor.model.settings import Settings
from monitor.review.port.first_use import (
    AlertQuestion,
    AlertsNow,
    AlertWay,
    ChannelTyped,
    ToldThrough,
    WrongAnswer,
)
from monitor.services.alert_channels import add_channel, channel_lines, remove_channel

HEARD = "program-heard"
"""The guide's step that says that a test has arrived."""

MAIL_WAY = "mail"


@dataclass(slots=True)
class AlertsStep:
    config: Path
    opens: Callable[[], App]
    environ: Mapping[str, str]

    def told(self) -> AlertsNow:
        return AlertsNow(_ways(), self._channels(self._settings()), self.is_heard())

    def is_heard(self) -> bool:
        app = self.opens()
        return HEARD in app.ticks.all(app.settings.case.id)

    def heard(self) -> None:
        app = self.opens()
        app.ticks.done(HEARD, case=app.settings.case.id)

    def add(self, typed: ChannelTyped) -> ToldThrough:
        url, name = _mail(typed.answers) if typed.way == MAIL_WAY else _push(typed)
        add_channel(self._settings(), url, name=name, environ=self.environ)
        return self._channels(self._settings())[-1]

    def take_out(self, place: int) -> None:
        remove_channel(self._settings(), place, self.environ)

    def _settings(self) -> Settings:
        return load(self.config, self.environ)

    def _channels(self, settings: Settings) -> tuple[ToldThrough, ...]:
        return tuple(ToldThrough(line.place, line.leads_to, line.stands_in) for line in channel_lines(settings))


def _ways() -> tuple[AlertWay, ...]:
    return (_mail_way(), *(_push_way(one) for one in presets.push_services()))


def _mail_way() -> AlertWay:
    secure = (
        (presets.MailSecurity.SSL.value, said("from the first byte on (port 465), as most have it")),
        (presets.MailSecurity.STARTTLS.value, said("after a greeting (port 587)")),
    )
    return AlertWay(
        MAIL_WAY,
        said("A mail"),
        said(
            "A mail address that sends the messages, to itself or to another one. Gmail, iCloud, Yahoo and others want "
            "a password made for a program, which their help pages call an app password."
        ),
        (
            AlertQuestion("address", said("Your mail address")),
            AlertQuestion("password", said("Its password"), is_secret=True),
            AlertQuestion("to", said("Who gets the messages, where that is another address (may stay empty)")),
            AlertQuestion(
                "server", said("The server for outgoing mail, where it is none of the known ones (may stay empty)")
            ),
            AlertQuestion("security", said("How that server encrypts"), default=secure[0][0], choices=secure),
        ),
    )


def _push_way(service: presets.PushService) -> AlertWay:
    return AlertWay(
        service.id,
        service.name,
        service.words,
        tuple(
            AlertQuestion(
                one.key,
                one.question,
                presets.random_topic() if one.default == "random" else one.default or "",
                one.is_secret,
            )
            for one in service.ask
        ),
    )


def _push(typed: ChannelTyped) -> tuple[str, str]:
    """The channel's URL, and the name of the file that it goes to."""
    service = next((one for one in presets.push_services() if one.id == typed.way), None)
    if service is None:
        raise WrongAnswer(said("there is no such way"), field="way", remedy=said("Choose one that stands there."))
    answers = {
        one.key: _checked_answer(one.key, typed.answers.get(one.key, ""), presets.ANSWER_CHECKS[one.kind])
        for one in service.ask
    }
    return presets.push_url(service, answers), service.id


def _mail(answers: Mapping[str, str]) -> tuple[str, str]:
    address = _checked_answer("address", answers.get("address", ""), presets.check_mail_address)
    typed_to = answers.get("to", "").strip()
    to = _checked_answer("to", typed_to, presets.check_mail_address) if typed_to else address
    known = presets.provider_of(address)
    if known is not None and known.refused:
        raise WrongAnswer(known.refused, field="address")
    password = answers.get("password", "")
    if known is not None and not password:
        raise WrongAnswer(said("the password is missing"), field="password", remedy=known.password)
    provider = known or _own_server(address, answers)
    url = presets.mail_url(provider, address=address, to=to, user=address, password=password)
    return url, MAIL_WAY if known is None else f"{MAIL_WAY}-{known.id}"


def _own_server(address: str, answers: Mapping[str, str]) -> presets.MailProvider:
    written = answers.get("server", "").strip() or f"smtp.{address.rpartition('@')[2]}"
    try:
        ways = presets.own_servers(written)
    except ValueError as error:
        raise WrongAnswer(str(error), field="server") from error
    return next((one for one in ways if one.security == answers.get("security", "")), ways[0])


def _checked_answer(key: str, typed: str, check: Callable[[str], str]) -> str:
    try:
        return check(typed)
    except ValueError as error:
        raise WrongAnswer(str(error), field=key) from error
