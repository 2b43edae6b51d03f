"""Answers of registries, made after real shapes. Organisations and addresses are invented; what is odd about each is as
registries send it."""

from __future__ import annotations

import json
from typing import Any

Answer = dict[str, Any]


def card(*items: list[Any]) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], *items]]


def fn(name: str) -> list[Any]:
    return ["fn", {}, "text", name]


def email(*values: Any, **parameters: Any) -> list[Any]:
    return ["email", parameters, "text", *values]


def entity(roles: Any, *items: list[Any], entities: Any = (), **more: Any) -> Answer:
    found: Answer = {"objectClassName": "entity", "roles": roles, **more}
    if items:
        found["vcardArray"] = card(*items)
    if entities != ():
        found["entities"] = entities
    return found


def abuse(*items: list[Any], **more: Any) -> Answer:
    return entity(["abuse"], fn("Abuse desk"), *items, **more)


def remark(*lines: str) -> list[Answer]:
    return [{"title": "Registration Comments", "description": list(lines)}]


def network(*entities: Any, **more: Any) -> Answer:
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "ip network",
        "handle": "NET-8-8-8-0-1",
        "startAddress": "8.8.8.0",
        "endAddress": "8.8.8.255",
        "ipVersion": "v4",
        "name": "HOSTER-NET",
        "entities": list(entities),
        **more,
    }


def domain(*entities: Any, **more: Any) -> Answer:
    return {"objectClassName": "domain", "ldhName": "SITE.EXAMPLE", "entities": list(entities), **more}


def holder(*inner: Any, name: str = "Hoster Ltd", roles: Any = ("registrant",)) -> Answer:
    return entity(list(roles), fn(name), entities=list(inner) if inner else ())


def related(url: str) -> list[Answer]:
    return [
        {"rel": "self", "type": "application/rdap+json", "href": "https://rdap.registry.example/domain/site.example"},
        {"rel": "related", "type": "application/rdap+json", "href": url},
        {"rel": "related", "type": "text/html", "href": "https://www.registrar.example/whois"},
    ]


def as_bytes(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


POC = abuse(email("abuse@hoster.example"), handle="ABUSE1-ARIN")
DEEP = holder(entity(["administrative"], fn("Customer"), entities=[entity(["technical"], entities=[POC])]))
REDACTED = [
    {
        "name": {"description": "Registrar Abuse Contact Email"},
        "prePath": "$.entities[?(@.roles[0]=='abuse')]",
        "method": "removal",
    }
]
JSCONTACT = {
    "objectClassName": "entity",
    "roles": ["abuse"],
    "jscontact_card": {
        "@type": "Card",
        "name": {"full": "Abuse desk"},
        "emails": {
            "second": {"address": "second@hoster.example", "pref": 2},
            "e": {"address": "abuse@hoster.example", "pref": 1},
        },
        "links": {"form": {"uri": "https://hoster.example/abuse"}},
    },
}
LEVELS = b'{"objectClassName":"ip network","entities":' + b'[{"entities":' * 3000 + b"[]" + b"}]" * 3000 + b"}"
