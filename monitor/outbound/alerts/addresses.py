"""The addresses of a mail URL, read by ourselves: Apprise drops what its grammar does not have without a word.

Whatever is written where an address belongs becomes an entry: one that works, or one that says what is wrong with it,
by its place and domain. Its domain becomes what it is in the DNS (IDNA); one without a dot (`root@localhost`) is the
owner's to know. A name may stand before it: `Anna <a@x.org>`, `"Meier, Anna" <a@x.org>`, `'Anna':a@x.org`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import idna
from apprise import NotifyBase
from apprise.utils.parse import is_email

_FIELDS = ("to", "cc", "bcc", "reply")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PARTS = re.compile(rf"(?:{_QUOTED}|<[^<>]*>|[^,;])+")
_WORDS = re.compile(rf"<[^<>]*>|(?:{_QUOTED}|[^\s<>])+")
_ATOM = r"(?:[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]|[^\x00-\x9f\s])+"  # RFC 5322 section 3.2.3, RFC 6531
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f.:]+\]|\[IPv6:[0-9a-f.:]+\]", re.IGNORECASE)
_STAND_IN = "sender@sender.invalid"
"""For Apprise, which would not make a plugin of a URL with such a sender."""


@dataclass(frozen=True, slots=True)
class Entry:
    """field: to, cc, bcc, reply or from. address: '' where `problem` says what is wrong with `text`."""

    field: str
    name: str
    address: str
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The addresses of one URL as they were written, in its order: to, cc, bcc, and what else is to be told."""

    entries: tuple[Entry, ...]
    sender: Entry | None
    """None: as Apprise has it."""

    def good(self, field: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.field == field and entry.address]


def read_list(text: str, field: str = "to") -> list[Entry]:
    """Every address in `text`, and everything in it that is none."""
    return [entry for part in _PARTS.findall(text) for entry in _part(part, field)]


def _part(part: str, field: str) -> Iterator[Entry]:
    """Words before an address are its name, as Apprise has it; words that none follows are told."""
    before: list[str] = []
    for word in _WORDS.findall(part):
        if word.startswith("<"):
            address = word[1:-1].strip()
        elif "@" in re.sub(_QUOTED, "q", word):
            name, colon, address = ("", "", word) if "@[" in word else word.rpartition(":")
            before += [name] if colon else []
            address = address.strip("'")
        else:
            before.append(word)
            continue
        yield _entry(field, " ".join(_bare(one) for one in before).rstrip(": "), address)
        before = []
    for word in before:
        if _bare(word):
            yield _entry(field, "", _bare(word))


def _bare(word: str) -> str:
    return word.strip("\"':")


def _entry(field: str, name: str, text: str) -> Entry:
    local, at, domain = text.rpartition("@")
    entry = Entry(field, "".join(char for char in " ".join(name.split()) if char.isprintable()), "", text)
    if not at or not text.isprintable():
        return replace(entry, problem="it is not an address: one has the form name@domain")
    if not domain:
        return replace(entry, problem="no domain stands behind its @")
    try:
        domain = ascii_domain(domain).removesuffix(".")
    except ValueError:
        return replace(entry, problem=f"the domain “{domain[:80]}” is not one that the DNS could have")
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        return replace(entry, problem=f"the address at “{domain[:80]}” is not one that mail could have")
    return replace(entry, address=f"{local}@{domain}")


def ascii_domain(domain: str) -> str:
    """Raises ValueError for one that no DNS name could be."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("not a domain") from error


def ascii_url(url: str) -> str:
    """The URL with its host in ASCII; Apprise would drop another one."""
    scheme, mark, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    login, at, host = rest[:end].rpartition("@")
    name, colon, port = unquote(host).partition(":")
    if name.isascii():
        return url
    try:
        name = ascii_domain(name)
    except ValueError:
        return url
    return f"{scheme}{mark}{login}{at}{name}{colon}{port}{rest[end:]}"


def read_written(url: str, parsed: dict[str, Any]) -> tuple[dict[str, Any], Written]:
    """What Apprise made of a URL, without the recipients, and all of those that the URL names."""
    whole: dict[str, Any] = NotifyBase.parse_url(ascii_url(url), verify_host=False) or {}
    host = unquote(str(whole.get("host") or ""))
    path = [*([host] if "@" in host else []), *str(whole.get("fullpath") or "").split("/")]
    written = [("to", unquote(target)) for target in path]
    written += _query(url.partition("?")[2])
    entries = [entry for want in _FIELDS for field, text in written if field == want for entry in read_list(text, want)]
    changed = {key: value for key, value in parsed.items() if key not in ("targets", "cc", "bcc", "reply_to")}
    sender = _sender(changed)
    if sender and sender.address:
        usable = is_email(sender.address)  # type: ignore[no-untyped-call]
        whole_address = usable and usable["full_email"] == sender.address
        changed["from_addr"] = sender.address if whole_address else _STAND_IN
    elif sender:
        changed["from_addr"] = ""
        entries.append(sender)
    return changed, Written(tuple(entries), sender if sender and sender.address else None)


def _sender(parsed: dict[str, Any]) -> Entry | None:
    """from=, which may be a name alone; without it user@host, where Apprise would not take that."""
    text = unquote(str(parsed.get("from_addr") or ""))
    if "@" in text:
        return next(iter(read_list(text, "from")), None)
    user, host = re.split(r"[\s@]+", unquote(str(parsed.get("user") or "")))[0], str(parsed.get("host") or "")
    if not user or not host or is_email(f"{user}@{host}"):  # type: ignore[no-untyped-call]
        return None
    entry = _entry("from", text, f"{user}@{host}")
    return entry if entry.address else None


def _query(query: str) -> Iterator[tuple[str, str]]:
    """Each field with its text, as often as it stands there. Apprise keeps the last of each, and takes `;` for `&`."""
    last = ""
    for pair in re.split("[&;]", query):
        key, mark, value = pair.partition("=")
        if mark:
            last = unquote(key).strip().lower()
        elif last in _FIELDS:  # to=a@x.org;b@x.org
            value = key
        if last in _FIELDS and value:
            yield last, unquote(unquote(value))
