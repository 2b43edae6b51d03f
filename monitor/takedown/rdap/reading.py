"""Answers of registries to values. Run by a confined reader only; never raises for what is in them.

RDAP is RFC 9083 with jCard (RFC 7095) inside; JSContact as the drafts of the RDAP extension have it. What registries
really send bends both: a role that is a string, `entities: null`, lists where one value belongs. Nothing is repaired
here: a value is taken as it stands, or left out.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.model.registry import (
    MAX_DESK_VALUES,
    MAX_DESKS,
    MAX_REMARK_CHARS,
    MAX_SERVERS,
    MAX_VALUE_CHARS,
    RdapServers,
    RecordKind,
    RegistryDesk,
    RegistryRecord,
)
from monitor.takedown.rdap.notices import said_against, said_of

_NO_PREFERENCE = 101  # RFC 6350 section 5.3: 1 to 100, the least is preferred
_MOST_DEPTH = 12  # of entities in entities; ARIN's real ones are three deep
_TXT = 16  # RFC 1035 section 3.2.2
_POINTER = 0xC0  # section 4.1.4
_RDAP_TYPE = "application/rdap+json"
_OF_JSCONTACT = (("email", "emails", "address"), ("contact-uri", "links", "uri"), ("org", "organizations", "name"))
_KINDS = {"ip network": RecordKind.NETWORK, "domain": RecordKind.DOMAIN}


def read_registry(untrusted: bytes) -> RegistryRecord:
    try:
        found = json.loads(untrusted)
    except RecursionError:
        return RegistryRecord(RecordKind.UNREADABLE, problem="it is nested too deep")
    except ValueError:  # neither text nor JSON, or a number of thousands of digits
        return RegistryRecord(RecordKind.UNREADABLE, problem="it is no JSON")
    if not isinstance(found, dict):
        return RegistryRecord(RecordKind.UNREADABLE, problem="it is no object")
    kind = _KINDS.get(_text(found.get("objectClassName")).lower())
    if kind is None:
        is_error = isinstance(found.get("errorCode"), int)
        return RegistryRecord(RecordKind.NOTHING if is_error else RecordKind.OTHER)
    return RegistryRecord(
        kind,
        handle=_text(found.get("handle")),
        name=_text(found.get("name")) or _text(found.get("ldhName")),
        first=_text(found.get("startAddress")),
        last=_text(found.get("endAddress")),
        desks=tuple(_desks(found)),
        links=tuple(_links(found)),
        redacted=tuple(_redacted(found)),
    )


def read_servers(untrusted: bytes) -> RdapServers | None:
    """A bootstrap file (RFC 9224). None for what is none."""
    try:
        found = json.loads(untrusted)
    except (RecursionError, ValueError):
        return None
    services = found.get("services") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(services, list):
        return None
    servers: dict[str, str] = {}
    for service in services:
        if isinstance(service, list) and len(service) == 2:
            url = next((url for url in map(_text, _list(service[1])) if url.startswith("https://")), "")
            servers |= {key.lower(): url for key in map(_text, _list(service[0])) if key and url}
    if not 0 < len(servers) <= MAX_SERVERS:
        return None
    return RdapServers(_text(found.get("publication")), tuple(servers.items()))


def read_dns_text(untrusted: bytes) -> RegistryRecord:
    """A DNS answer (RFC 1035 section 4.1): each TXT record is the address of a desk for abuse."""
    try:
        texts = _dns_texts(untrusted)
    except (IndexError, struct.error):
        return RegistryRecord(RecordKind.UNREADABLE, problem="it is no DNS answer")
    if not texts:
        return RegistryRecord(RecordKind.NOTHING)
    return RegistryRecord(RecordKind.NETWORK, desks=(RegistryDesk(("abuse",), emails=texts[:MAX_DESK_VALUES]),))


def _dns_texts(untrusted: bytes) -> tuple[str, ...]:
    _, _, questions, answers, _, _ = struct.unpack_from(">6H", untrusted)
    at, texts = 12, list[str]()
    for _ in range(questions):
        at = _behind_name(untrusted, at) + 4
    for _ in range(min(answers, MAX_DESK_VALUES)):
        at = _behind_name(untrusted, at)
        kind, _, _, length = struct.unpack_from(">HHIH", untrusted, at)
        data, at = untrusted[at + 10 : at + 10 + length], at + 10 + length
        if kind == _TXT and len(data) == length:
            texts.append(_text(_joined(data).decode("ascii", "replace")))
    return tuple(filter(None, texts))


def _behind_name(untrusted: bytes, at: int) -> int:
    while (length := untrusted[at]) and length < _POINTER:
        at += 1 + length
    return at + (2 if length else 1)


def _joined(data: bytes) -> bytes:
    """The strings of one TXT record: each a length and so many bytes."""
    parts = []
    while data:
        parts.append(data[1 : 1 + data[0]])
        data = data[1 + data[0] :]
    return b"".join(parts)


def _desks(found: Mapping[str, Any]) -> Iterator[RegistryDesk]:
    """Every entity, those nearest to the object first; one that stands there twice is told twice."""
    level: list[tuple[Mapping[str, Any], tuple[str, ...]]] = [(found, ())]
    count, beside = 0, _words_of(found)
    for _ in range(_MOST_DEPTH):
        below: list[tuple[Mapping[str, Any], tuple[str, ...]]] = []
        for parent, within in level:
            for entity in _dicts(parent.get("entities")):
                count += 1
                if count > MAX_DESKS:
                    return
                desk = _desk(entity, within, beside)
                yield desk
                below.append((entity, (*within, "/".join(desk.roles))))
        level = below


def _desk(entity: Mapping[str, Any], within: tuple[str, ...], beside: str) -> RegistryDesk:
    """beside: the remarks of the object itself, which may speak of an address of this desk."""
    emails, urls, name, organisation = list[tuple[int, Any]](), list[tuple[int, Any]](), "", ""
    for label, preference, values in (*_of_jcard(entity.get("vcardArray")), *_of_jscontact(entity)):
        if label == "email":
            emails += ((preference, value) for value in values)
        elif label in ("contact-uri", "url"):
            urls += ((preference - (label == "contact-uri"), value) for value in values)
        elif label == "fn":
            name = name or next(filter(None, map(_text, values)), "")
        elif label == "org":
            organisation = organisation or next(filter(None, map(_text, values)), "")
    roles = filter(None, (_text(role).lower() for role in _list(entity.get("roles"))))
    kept, odd = _kept(emails)
    kept_urls, odd_urls = _kept(urls)
    return RegistryDesk(
        roles=tuple(roles)[:MAX_DESK_VALUES],
        name=name or organisation or _text(entity.get("handle")),
        within=within,
        emails=kept,
        urls=kept_urls,
        left_out=odd + odd_urls,
        remarks=_kept_words(_words_of(entity), *(said_of(email, beside) for email in kept)),
    )


def _of_jcard(card: object) -> Iterator[tuple[str, int, list[Any]]]:
    """RFC 7095: ["vcard", [[name, parameters, type, value, ...], ...]]. One property may have several values, each of
    them a list of its own in some answers."""
    for prop in _list(card)[1:2]:
        for item in _list(prop):
            if isinstance(item, list) and len(item) > 3:
                values = [part for value in item[3:] for part in (value if isinstance(value, list) else [value])]
                yield _text(item[0]).lower(), _preference(item[1]), values


def _of_jscontact(entity: Mapping[str, Any]) -> Iterator[tuple[str, int, list[Any]]]:
    """RFC 9553, under the names that registries give it."""
    for card in (*_dicts(entity.get("jscard")), *_dicts(entity.get("jscontact_card"))):
        for label, group, key in _OF_JSCONTACT:
            for one in _members(card.get(group)):
                yield label, _preference(one), [one.get(key)]
        for name in _dicts(card.get("name")):
            yield "fn", _NO_PREFERENCE, [name.get("full")]


def _preference(of: object) -> int:
    said = of.get("pref") if isinstance(of, dict) else None
    said = said[0] if isinstance(said, list) and said else said
    if isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 4:
        said = int(said)
    return said if isinstance(said, int) and 1 <= said <= 100 else _NO_PREFERENCE


def _kept(values: list[tuple[int, Any]]) -> tuple[tuple[str, ...], int]:
    """The preferred first, each once; and how many were left out."""
    ordered = [_text(value) for _, value in sorted(values, key=lambda one: one[0])]
    return tuple(dict.fromkeys(filter(None, ordered)))[:MAX_DESK_VALUES], sum(not text for text in ordered)


def _words_of(of: Mapping[str, Any]) -> str:
    told = _dicts(of.get("remarks"))
    words = [text for remark in told for text in (remark.get("title"), *_list(remark.get("description")))]
    return " ".join(text for text in words if isinstance(text, str))


def _kept_words(words: str, *said_elsewhere: str) -> str:
    """What speaks against it first: it may stand behind pages of other words, or in the remarks of the object."""
    against = (said_against(words), *said_elsewhere)
    return " ".join((*dict.fromkeys(filter(None, against)), words))[:MAX_REMARK_CHARS]


def _links(found: Mapping[str, Any]) -> Iterator[str]:
    """Where more is said of the same thing: by the registrar, say (RFC 9083 section 4.2)."""
    told = [one for one in _dicts(found.get("links")) if _text(one.get("rel")).lower() == "related"]
    hrefs = (_text(one.get("href")) for one in told if _text(one.get("type")).lower() == _RDAP_TYPE)
    yield from list(dict.fromkeys(filter(None, hrefs)))[:MAX_DESK_VALUES]


def _redacted(found: Mapping[str, Any]) -> Iterator[str]:
    for one in _dicts(found.get("redacted"))[:MAX_DESK_VALUES]:
        name = one.get("name")
        said = _text(name.get("description")) or _text(name.get("type")) if isinstance(name, dict) else _text(name)
        if said:
            yield said


def _list(value: object) -> list[Any]:
    """One alone stands for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _members(value: object) -> list[Mapping[str, Any]]:
    return _dicts(list(value.values()) if isinstance(value, dict) else value)


def _text(value: object) -> str:
    """'' for what is no text, or too long to be what it should be."""
    return value.strip() if isinstance(value, str) and len(value) <= MAX_VALUE_CHARS else ""
