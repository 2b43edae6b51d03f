"""What `watch check` says of addresses that the guard will let nobody go to."""

from __future__ import annotations

import pytest

from monitor.model.settings import NetworkSettings
from monitor.outbound.guard import AddressRules, Refusal
from monitor.outbound.reach import why_not_reached

TOR = "socks5h://127.0.0.1:9050"
HERE = ("127.0.0.0/8", "192.168.0.0/16")
ROWS = {
    "a site": ("https://a.example/x", NetworkSettings(), ""),
    "a port of its own": ("https://a.example:8443/x", NetworkSettings(), ""),
    "this computer": ("http://127.0.0.1:8000/", NetworkSettings(), '["127.0.0.1/32"]'),
    "this computer, written otherwise": ("http://2130706433/", NetworkSettings(), '["127.0.0.1/32"]'),
    "this computer, in IPv6": ("http://[::1]/", NetworkSettings(), '["::1/128"]'),
    "the router": ("http://192.168.1.1/", NetworkSettings(), '["192.168.1.1/32"]'),
    "with permission": ("http://192.168.1.1:81/", NetworkSettings(allow_networks=HERE), ""),
    "an inside name": ("http://localhost:8000/", NetworkSettings(), "allow_networks"),
    "an inside name by a proxy": ("http://nas.local/", NetworkSettings(proxy=TOR), "allow_networks"),
    "an inside name with permission": ("http://nas.local/", NetworkSettings(allow_networks=HERE), ""),
    "an onion": ("http://abc.onion/", NetworkSettings(), "socks5h://127.0.0.1:9050"),
    "an onion through Tor": ("http://abc.onion/", NetworkSettings(proxy=TOR), ""),
    "a name that nothing can have": (f"http://{'a' * 5000}.test/", NetworkSettings(), "browser"),
    "a long address of an inside name": (f"http://nas.local/{'a' * 5000}", NetworkSettings(), "allow_networks"),
    "no address": ("http://exa mple/", NetworkSettings(), "browser"),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_nobody_is_let_go_to_is_told_with_what_to_do(name: str) -> None:
    url, network, remedy = ROWS[name]
    error = why_not_reached(url, network)
    assert (error is not None) is bool(remedy)
    assert error is None or (remedy in error.remedy and url[:150] in str(error) and len(str(error)) < 700)


def test_an_onion_is_never_looked_up_past_tor() -> None:
    """RFC 7686 section 2: who is asked for the name would learn of it."""
    rules = AddressRules()
    rules.check_target("http", "abc.onion", None, by_proxy=True)
    for host in ("abc.onion", "abc.onion."):
        with pytest.raises(Refusal, match="Tor"):
            rules.check_target("http", host, None, by_proxy=False)
