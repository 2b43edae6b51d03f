"""With a proxy set, names are looked up where it stands: those that plainly lead inside are not given to it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from monitor.outbound.guard import AddressRules, Refusal
from monitor.outbound.inside_names import _names, addresses_in, leads_inside

RESERVED = """
localhost printer router fritz a.localhost x.localhost.localdomain nas.local my.printer.local x.internal
metadata.google.internal ip-10-0-0-1.eu-west-1.compute.internal x.intranet box.lan x.lan.home home x.home.arpa home.arpa
1.0.0.10.in-addr.arpa x.corp x.private my.mail speedport.ip homerouter.cpe fritz.nas
""".split()
ROUTERS = """
fritz.box x.fritz.box www.fritz.box easy.box o2.box routerlogin.net www.routerlogin.com tplinkwifi.net router.asus.com
metadata.tencentyun.com miwifi.com hi.link dsldevice.attlocal.net my.keenetic.net mafreebox.freebox.fr
""".split()
HERE = """
localtest.me a.b.localtest.me lvh.me app.lvh.me vcap.me my.lndo.site x.ddev.site lcl.host x.localdev.me fuf.me
127-0-0-1.org.uk
""".split()
WRITTEN = """
127.0.0.1.nip.io app.10.0.0.1.nip.io app-10-0-0-1.nip.io a.b-192-168-1-1-c.nip.io 7f000001.nip.io app-c0a80101.nip.io
2130706433.nip.io 0127.0.0.1.nip.io 010.000.000.001.nip.io 0x7f.1.nip.io --1.sslip.io ::1.sslip.io fe80--1.sslip.io
www.fd00--1.sslip.io app-fc00-1-2--3.sslip.io --ffff-7f00-1.sslip.io 00000000000000000000000000000001.sslip.io
192.168.1.1.xip.io x.traefik.me 10-0-0-1.traefik.me 192-168-1-5.0123456789abcdef0123456789abcdef.plex.direct
192-168-1-10.mine.direct.quickconnect.to 7f000001.08080808.rbndr.us 08080808.7f000001.rbndr.us
make-127-0-0-1-rr.1u.ms make-8-8-8-8-rebind-127-0-0-1-rr.1u.ms 169-254-169-254.nip.io 100.64.0.1.nip.io
8-8-8-8.10-0-0-1.nip.io no-address-at-all.nip.io fd00--1.ipv6-literal.net
""".split()
ELSEWHERE = """
127.0.0.1.evil.example 10-0-0-1.example.org a.192.168.0.1.b.example.com 169-254-169-254.example.net
x.10-1-2-3.example.com 0.0.0.0.example.com
""".split()
GOOD = """
example.com www.example.com fritz.box.example.com box.com fritz-box.de myfritz.net x.myfritz.net localhost.example.com
local.example.com lan.example.org nas.example.com internal.example.com notlocaltest.me localtest.me.example.com
mylvh.me nip.io www.nip.io 8-8-8-8.nip.io 8.8.8.8.nip.io app-93-184-216-34.sslip.io 08080808.nip.io 134744072.nip.io
2607-f8b0-400a-800--200e.sslip.io 93-184-216-34.0123456789abcdef0123456789abcdef.plex.direct 08080808.01010101.rbndr.us
ec2-18-184-1-2.eu-central-1.compute.amazonaws.com 93-184-216-34.example.org 1.2.3.4.example.org v10-0-0-1.example.org
app-10-0-0-1.example.org 7f000001.example.org 10-0-0.example.org 10.0.0.example.org 1-10-0-0-1.example.org
release-10-0-0-1-rc.example.org 256-0-0-1.example.org 999.0.0.1.example.org deadbeef.example.org
2024-01-02-03.example.com
duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion xn--bcher-kva.example i.home.example.com arpa.example.com
mail.example.com ip.example.com setup.example.com router.example.net
""".split()


def refusal(host: str, rules: AddressRules | None = None, *, by_proxy: bool = True) -> str:
    try:
        (rules or AddressRules()).check_target("https", host, None, by_proxy=by_proxy)
    except Refusal as error:
        return str(error)
    return ""


@pytest.mark.parametrize("host", [*RESERVED, *ROUTERS, *HERE, *WRITTEN, *ELSEWHERE])
@pytest.mark.parametrize("dot", ["", "."])
def test_not_given_to_a_proxy(host: str, dot: str) -> None:
    assert refusal(host + dot)


@pytest.mark.parametrize("host", GOOD)
@pytest.mark.parametrize("dot", ["", "."])
def test_given_to_a_proxy(host: str, dot: str) -> None:
    assert refusal(host + dot) == ""


@pytest.mark.parametrize("host", [*RESERVED, *ROUTERS, *HERE, *WRITTEN, *ELSEWHERE])
def test_without_a_proxy_their_answers_decide(host: str) -> None:
    assert refusal(host, by_proxy=False) == "" or ":" in host


def test_what_the_owner_allows() -> None:
    rules = AddressRules((ip_network("10.0.0.0/8"),))
    assert refusal("10.0.0.1.nip.io", rules) == refusal("10-0-0-1.example.org", rules) == ""
    assert refusal("127.0.0.1.nip.io", rules) and refusal("8-8-8-8.192-168-0-1.nip.io", rules)
    assert refusal("fritz.box", rules)  # which address that is, only the proxy could tell


@given(st.ip_addresses(v=4), st.sampled_from(["", "www.", "app-", "a.b."]), st.booleans())
def test_every_written_address_is_judged_as_itself(address: object, before: str, is_dashed: bool) -> None:
    rules, text = AddressRules(), str(address)
    written = text.replace(".", "-") if is_dashed else text
    try:
        rules.check_address(text, 443)
        inside = False
    except Refusal:
        inside = True
    assert bool(refusal(f"{before}{written}.nip.io")) is inside
    assert bool(refusal(f"{before}{int(address):08x}.sslip.io")) is inside  # type: ignore[call-overload]


@given(st.ip_addresses(v=6))
def test_likewise_in_ipv6(address: object) -> None:
    rules, text = AddressRules(), str(address)
    try:
        rules.check_address(text, 443)
        inside = False
    except Refusal:
        inside = True
    if not text.endswith("::"):
        assert bool(refusal(f"{text.replace(':', '-')}.sslip.io")) is inside


@given(st.text(alphabet="abcdef0123456789-._", max_size=253))
def test_any_name_is_read(host: str) -> None:
    leads_inside(host)
    list(addresses_in(f"{host}.nip.io"))
    refusal(host)


def test_the_lists_are_names_and_the_reserved_are_no_real_endings() -> None:
    names, endings = _names(), PublicSuffixList(only_icann=True, accept_unknown=False)
    assert all(name == name.lower().strip(".") for name in names.inside | names.written)
    for ending in (name for name in names.inside if "." not in name and name != "arpa"):
        assert endings.publicsuffix(ending) is None, ending
