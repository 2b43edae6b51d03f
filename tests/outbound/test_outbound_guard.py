from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.settings import NetworkSettings
from monitor.outbound.guard import AddressRules, Refusal


def refusal(check: str, *arguments: object, rules: AddressRules | None = None, **more: object) -> str:
    try:
        getattr(rules or AddressRules(), check)(*arguments, **more)
    except Refusal as error:
        return str(error)
    return ""


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_public_addresses_are_dialled(address: str) -> None:
    assert refusal("check_address", address, 443) == ""


@given(st.ip_addresses(v=4))
def test_no_more_is_dialled_than_python_calls_global(address: object) -> None:
    if not address.is_global or address.is_multicast:  # type: ignore[attr-defined]
        assert refusal("check_address", str(address), 443)


@given(st.ip_addresses(v=4))
def test_no_spelling_of_an_inside_address_gets_through(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    if refusal("check_address", str(address), 80):
        octets = str(address).split(".")
        for host in (
            str(number),
            hex(number),
            f"0{number:o}",
            ".".join(hex(int(octet)) for octet in octets),
            ".".join(f"0{int(octet):o}" for octet in octets),
            f"{octets[0]}.{number & 0xFFFFFF}",
            f"{octets[0]}.{octets[1]}.{number & 0xFFFF}",
            f"{address}.",
        ):
            assert refusal("check_target", "http", host, 80, by_proxy=True), host


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_in_ipv6_gets_through(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    for text in (
        f"::{high}:{low}",
        f"::ffff:{high}:{low}",
        f"::ffff:0:{high}:{low}",
        f"64:ff9b::{high}:{low}",
        f"64:ff9b:1::{high}:{low}",
        f"2002:{high}:{low}::1",
        f"2001:0:{high}:{low}::1",
    ):
        assert refusal("check_address", text, 443), text


def test_what_the_owner_allows() -> None:
    settings = NetworkSettings(allow_networks=("127.0.0.0/8", "fd00::/8"), allow_ports=(8080,))
    rules = AddressRules.of(settings)
    assert refusal("check_address", "127.5.6.7", 8080, rules=rules) == ""
    assert refusal("check_address", "fd12::1", 443, rules=rules) == ""
    assert "private" in refusal("check_address", "10.0.0.1", 80, rules=rules)
    assert "IPv6" in refusal("check_address", "::ffff:127.0.0.1", 80, rules=rules)
    assert "port 81" in refusal("check_address", "127.0.0.1", 81, rules=rules)


def test_ports_of_watches() -> None:
    rules = AddressRules((ip_network("127.0.0.1/32"),))
    assert refusal("check_address", "127.0.0.1", 8123, rules=rules)
    rules.allow_ports_of(["http://127.0.0.1:8123/x", "https://x.example/", "http://[bad", "http://x.example:port/"])
    assert refusal("check_address", "127.0.0.1", 8123, rules=rules) == ""
    assert rules.ports == {80, 443, 8123}


@given(st.text(max_size=60), st.none() | st.integers(-10, 70_000))
def test_a_host_is_checked_or_refused_but_never_breaks_it(host: str, port: int | None) -> None:
    refusal("check_target", "http", host, port, by_proxy=False)
    refusal("check_address", host, port or 80)
