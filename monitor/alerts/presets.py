"""What `alerts add` offers: mail providers and other services as data (`presets.toml`), and the URL made of answers.

Pure: answers in, an Apprise URL out. A check raises ValueError with what would be right, never with what was typed.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote, urlsplit

OWN_SERVER = "own"
"""The id of a mail server that is none of the listed ones."""


class MailSecurity(StrEnum):
    """How the connection to a mail server is encrypted, as Apprise's `mode=` has it."""

    SSL = "ssl"  # from the first byte on
    STARTTLS = "starttls"
    NONE = "insecure"  # to this machine itself alone


@dataclass(frozen=True, slots=True)
class MailProvider:
    """password: which one it takes, and where that is made. refused: why it cannot send; '' where it can."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    server: str = ""
    port: int = 0
    security: MailSecurity = MailSecurity.SSL
    verify: bool = True
    password: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class PushQuestion:
    """kind: one of `ANSWER_CHECKS`; `secret` and `bot` are typed unseen."""

    key: str
    kind: str
    question: str
    default: str | None = None

    @property
    def is_secret(self) -> bool:
        return self.kind in ("secret", "bot")


@dataclass(frozen=True, slots=True)
class PushService:
    """words: what it needs and what it gives away. look: at what, where a message did not come."""

    id: str
    name: str
    words: str
    url: str
    look: str
    ask: tuple[PushQuestion, ...]


@cache
def mail_providers() -> tuple[MailProvider, ...]:
    return tuple(
        MailProvider(**{**row, "domains": tuple(row["domains"]), "security": MailSecurity(row.get("security", "ssl"))})
        for row in _rows()["mail"]
    )


@cache
def push_services() -> tuple[PushService, ...]:
    return tuple(
        PushService(**{**row, "ask": tuple(PushQuestion(**one) for one in row["ask"])}) for row in _rows()["service"]
    )


def _rows() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(resources.files(__package__).joinpath("presets.toml").read_text("utf-8"))


def provider_of(address: str) -> MailProvider | None:
    """By the address's domain; None where it is none of the listed."""
    domain = address.rpartition("@")[2].lower()
    return next((one for one in mail_providers() if domain in one.domains), None)


def own_servers(written: str) -> tuple[MailProvider, ...]:
    """How a server of the person's own may be reached, the likeliest first: one of them is found by asking it. written:
    `smtp.mail.example` or `smtp.mail.example:587`. Raises ValueError."""
    host, colon, digits = written.strip().removeprefix("smtp://").removeprefix("smtps://").rstrip("/").partition(":")
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?", host) or (colon and not digits.isdigit()):
        raise ValueError("Please type the server's name, as smtp.mail.example, or name and port, as mail.example:587.")
    port = int(digits) if colon else 0
    if not 0 <= port <= 65_535 or (colon and port == 0):
        raise ValueError("The port behind the colon is a number from 1 to 65535: 465 or 587, as a rule.")
    here = host == "localhost" or host.startswith("127.")
    base = MailProvider(OWN_SERVER, f"{host}, the mail server that you named", server=host, verify=not here)
    both = (MailSecurity.SSL, MailSecurity.STARTTLS)
    ways = [(port, one) for one in (both if port == 465 else both[::-1])] if port else [(465, both[0]), (587, both[1])]
    if here:  # what does not leave the machine needs no encryption
        ways += [(port or 25, MailSecurity.NONE)]
    return tuple(replace(base, port=number, security=security) for number, security in ways)


def mail_url(provider: MailProvider, *, address: str, to: str, user: str, password: str) -> str:
    """address: the sender's. user, password: '' where the server asks for none."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    scheme = "mailto" if provider.security is MailSecurity.NONE else "mailtos"
    verify = "" if provider.verify else "&verify=no"
    return (
        f"{scheme}://{login}{provider.server}:{provider.port}/?smtp={provider.server}&mode={provider.security.value}"
        f"{verify}&from={quote(address, safe='@')}&to={quote(to, safe='@')}"
    )


def push_url(service: PushService, answers: Mapping[str, str]) -> str:
    """answers: as the checks gave them."""
    server = urlsplit(answers.get("server", ""))
    words = {key: quote(value, safe="") for key, value in answers.items() if key != "server"}
    words |= {"server": server.netloc, "s": "s" if server.scheme == "https" else ""}
    return service.url.format_map(words).rstrip("/")


def random_topic() -> str:
    """A name that nobody guesses; it tells nothing by itself."""
    return f"m-{secrets.token_hex(8)}"


def check_mail_address(typed: str) -> str:
    """Raises ValueError."""
    text = typed.strip()
    if not re.fullmatch(r"[^@\s<>,;:/?&]+@[^@\s<>,;:/?&]+\.[^@\s<>,;:/?&]+", text):
        raise ValueError("That is not a mail address. One looks like this: jane@mail.example")
    return text


def _server(typed: str) -> str:
    text = typed.strip().rstrip("/")
    if "://" not in text and "." in text and ":" not in text:  # ntfy.sh; at home, a port is named as a rule
        text = f"https://{text}"
    parts = urlsplit(text)
    try:
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.username is not None or parts.path or parts.query or any(char.isspace() for char in typed):
        raise ValueError(
            "Please type it as in a browser's address line: https://server.example or http://10.0.0.2:8080"
        )
    return parts.geturl()


def _phone(typed: str) -> str:
    text = re.sub(r"[\s()/-]", "", typed)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        raise ValueError("Please type it with + and the country's number: +49151..., +1202...")
    return text


def _matching(pattern: str, right: str) -> Callable[[str], str]:
    def check(typed: str) -> str:
        text = typed.strip()
        if not re.fullmatch(pattern, text):
            raise ValueError(right)
        return text

    return check


ANSWER_CHECKS: Mapping[str, Callable[[str], str]] = {
    "server": _server,
    "phone": _phone,
    "topic": _matching(r"[A-Za-z0-9_-]{6,64}", "6 to 64 letters, digits, - and _, hard to guess."),
    "room": _matching(r"[!#][^\s/:]+(?::[^\s/]+)?", "A room looks like !abcdefg:server.org or #name:server.org"),
    "secret": _matching(r"\S{8,4000}", "Please copy the whole token: it has no blanks, and more than 8 letters."),
    "bot": _matching(r"\d{5,}:[A-Za-z0-9_-]{20,}", "A bot's token has digits, a colon and some 35 letters after it."),
    "chat": _matching(r"-?\d{3,20}", "A chat id is a number, as 123456789 (a group's begins with -)."),
    "device": _matching(r"(?:(?:notify\.)?[a-z0-9_]{1,100})?", "Small letters, digits and _, as mobile_app_phone."),
}
"""By the kind of a question."""
