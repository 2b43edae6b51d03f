"""Where names lead, for asking registries: public addresses alone, nothing past a proxy, and why there are none."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

import pytest

from monitor.model.settings import NetworkSettings
from monitor.outbound.guard import AddressRules
from monitor.outbound.looking_up import told_by_system
from monitor.outbound.names import BY_PROXY, HostNames
from monitor.ports.hosting import NameAnswer

OWN = NetworkSettings(allow_networks=("10.0.0.0/8",))


def names(found: Sequence[str] | Exception, alias: str = "", *, by_proxy: bool = False) -> HostNames:
    async def look(host: str) -> tuple[Sequence[str], str]:
        if isinstance(found, Exception):
            raise found
        return found, alias

    return HostNames(AddressRules.of(OWN), by_proxy=by_proxy, look_up=lambda host: told_by_system(host, look))


@pytest.mark.parametrize(
    ("found", "alias", "told"),
    [
        pytest.param(
            ["2600::1", "8.8.8.8", "8.8.8.8"], "", NameAnswer(("8.8.8.8", "2600::1")), id="each once, IPv4 first"
        ),
        pytest.param(["8.8.8.8", "127.0.0.1", "10.0.0.1"], "", NameAnswer(("8.8.8.8",)), id="public ones alone"),
        pytest.param(["10.0.0.1"], "", NameAnswer(why="it leads to no public address"), id="in a network of her own"),
        pytest.param(["8.8.8.8"], "D1.CloudFront.net.", NameAnswer(("8.8.8.8",), "d1.cloudfront.net"), id="an alias"),
        pytest.param(["8.8.8.8"], "a.example", NameAnswer(("8.8.8.8",)), id="no alias of itself"),
        pytest.param(["8.8.8.8"], "x" * 300, NameAnswer(("8.8.8.8",)), id="an alias that can be no name"),
    ],
)
async def test_where_a_name_leads(found: list[str], alias: str, told: NameAnswer) -> None:
    assert await names(found, alias).look_up("a.example") == told


async def test_many_addresses_are_cut() -> None:
    told = await names([f"8.8.8.{number}" for number in range(200)]).look_up("a.example")
    assert len(told.addresses) == 32


@pytest.mark.parametrize(
    ("error", "retry"),
    [
        pytest.param(socket.gaierror(socket.EAI_NONAME, "no such name"), False, id="no such name"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "try again"), True, id="nobody could be asked"),
        pytest.param(UnicodeError("no name"), False, id="what can be no name"),
        pytest.param(OSError(errno.EIO, "broken"), False, id="a fault"),
    ],
)
async def test_what_cannot_be_looked_up_says_why(error: Exception, retry: bool) -> None:
    told = await names(error).look_up("a.example")
    assert told.addresses == () and told.why and told.retry is retry


async def test_a_proxy_is_not_gone_past_but_for_what_is_a_number_already() -> None:
    assert await names(AssertionError("asked"), by_proxy=True).look_up("a.example") == NameAnswer(why=BY_PROXY)
    assert await names([], by_proxy=True).look_up("8.8.8.8") == NameAnswer(("8.8.8.8",))
    assert (await names([], by_proxy=True).look_up("[2600::1]")).addresses == ("2600::1",)
