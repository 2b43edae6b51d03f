"""The web platform tests' URLs. What matters: an address that a page or a redirect names leads to the host that the
standard says, as every browser reads it, or is refused; and pacing and robots.txt go by that same host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.robots.rules import robots_url
from monitor.crawl.url_standard import DEFAULT_PORTS, parse_web_url, web_url
from monitor.crawl.urls import absolute, canonical_url
from monitor.hosts import host_of
from monitor.model.page import Request
from monitor.model.settings import NetworkSettings
from monitor.outbound import client as outbound
from monitor.outbound.client import GuardedClient
from monitor.outbound.guard import AddressRules, as_number
from tests.standards.published import hosts, urls

Case = dict[str, Any]


def authority(url: str) -> str:
    return url.partition(":")[2].lstrip("/").partition("/")[0]


# Refused although the standard reads them, and why.
REFUSED: Mapping[str, Callable[[Case], bool]] = {
    "a user name is sent to nobody": lambda case: "@" in authority(case["input"]) or bool(case.get("username")),
    "the page itself is not a link": lambda case: case["input"].strip()[:1] in ("", "#"),
    "a last label that begins like a number is not a name": lambda case: (
        case["input"].lower().startswith(("http://0x7f.0.0.0x7g", "https://0x.0x.0", "http://foo.09.."))
    ),
    "signs that no name has": lambda case: "!" in authority(case["input"]),
    "a name of nothing but dots": lambda case: case.get("hostname", "").strip(".") == "" and "://." in case["input"],
}
TAKEN: Mapping[str, Callable[[Case], bool]] = {}  # although the standard does not

ANYWHERE = AddressRules.of(NetworkSettings(allow_networks=("0.0.0.0/0", "::/0"), allow_ports=tuple(range(65536))))
CLIENT = GuardedClient(NetworkSettings(), ANYWHERE)


def on_a_page(base: str, written: str) -> str:
    return absolute(base, written)


def by_redirect(base: str, written: str) -> str:
    try:
        return outbound._joined(base, written)
    except outbound._BadLocation:
        return ""


def dialled(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None when it is refused."""
    request = Request(url)
    if not url or CLIENT.refused(request) is not None:
        return None
    scheme, host, port = CLIENT.start(request).origin
    return scheme, spelled(host), None if port == DEFAULT_PORTS[scheme] else port


def spelled(host: str) -> str:
    """Addresses in one spelling."""
    host = host.strip("[]")
    try:
        return str(ip_address(as_number(host) or host))
    except ValueError:
        return host


def expected(case: Case) -> tuple[str, str, int | None] | None:
    if case.get("failure") or case["protocol"] not in ("http:", "https:"):
        return None
    return case["protocol"][:-1], spelled(case["hostname"]), int(case["port"]) if case["port"] else None


def why(case: Case, table: Mapping[str, Callable[[Case], bool]]) -> str:
    return next((reason for reason, applies in table.items() if applies(case)), "")


CASES = urls()
ON_THE_WEB = [case for case in CASES if (case.get("base") or "").startswith(("http:", "https:"))]


@pytest.mark.parametrize(
    ("way", "cases", "at_least"),
    [
        pytest.param(on_a_page, CASES, 160, id="written on a page"),
        pytest.param(by_redirect, ON_THE_WEB, 80, id="named by a redirect"),
    ],
)
def test_the_host_is_the_one_of_the_standard_or_it_is_refused(
    way: Callable[[str, str], str], cases: list[Case], at_least: int
) -> None:
    alike, wrong = 0, []
    for case in cases:
        url = way(case.get("base") or "", case["input"])
        found, standard = dialled(url), expected(case)
        if found == standard:
            alike += found is not None
        elif not why(case, REFUSED if found is None else TAKEN) or (found and standard):
            wrong.append((case["input"], case.get("base"), found, standard))
        if found is not None:
            assert spelled(host_of(url)) == spelled(host_of(canonical_url(url))) == found[1]
    assert wrong == []
    assert alike >= at_least


def test_no_row_of_the_tables_is_for_nothing() -> None:
    refused = [
        case for case in CASES if expected(case) and not dialled(on_a_page(case.get("base") or "", case["input"]))
    ]
    taken = [case for case in CASES if not expected(case) and dialled(on_a_page(case.get("base") or "", case["input"]))]
    assert {why(case, REFUSED) for case in refused} == set(REFUSED)
    assert {why(case, TAKEN) for case in taken} == set(TAKEN)


def test_the_whole_address_is_the_one_of_the_standard() -> None:
    """What comes of it, and what comes of that again. Without its fragment, which is never sent."""
    alike = 0
    for case in CASES:
        base = web_url(case["base"]) if case.get("base") else None
        if base is None and case.get("base") not in (None, "about:blank"):
            continue  # of another scheme: no page has it
        found, is_of_web = parse_web_url(case["input"], base), expected(case) is not None
        assert str(found or "") == (case["href"].partition("#")[0] if is_of_web else ""), case["input"]
        assert found is None or web_url(str(found)) == found
        alike += 1
    assert alike == 696


SIGNS = "ab.-_:8[]@%/?#1 \u00df\u00e9\u2100\uff0e\u3002\u200b\u212a\\"


@given(st.lists(st.sampled_from([*SIGNS, "%2f", "xn--", "0x", "::"]), max_size=8).map("".join))
def test_pacing_and_robots_go_by_the_host_that_is_dialled(host: str) -> None:
    url = f"http://{host}/x"
    found = dialled(url)
    if found is not None:
        assert spelled(host_of(url)) == found[1].rstrip(".")
        robots_url(url)


def test_names_that_are_not_ascii() -> None:
    """toascii.json. What the standard refuses is refused, or asked for by the very letters that were written."""
    wrong, alike = [], 0
    for case in hosts():
        found = dialled(absolute("", f"https://{case['input']}/x"))
        host = found[1] if found else None
        alike += host == case["output"]
        if host is not None and host != case["output"] and (case["output"] or not host.isascii()):
            wrong.append((case["input"], host, case["output"]))
    assert wrong == []
    assert alike >= 20


def test_a_name_that_the_client_cannot_spell_out_raises_nothing() -> None:
    """httpx undoes punycode, and raises for what stands for nothing: one such link ended the whole pass."""
    for case in CASES:
        CLIENT.start(Request(case["input"]))
        CLIENT.refused(Request(case["input"]))
