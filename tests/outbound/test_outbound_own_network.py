"""A machine without network is told from a place that does not answer, asking nobody."""

from __future__ import annotations

import errno
import os
import socket

import aiohttp
import pytest

from monitor.model.page import OutcomeKind
from monitor.outbound import own_network
from monitor.outbound.failures import outcome_of_error
from monitor.outbound.proxy import ProxyFailed


def os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def caused(outer: BaseException, inner: BaseException) -> BaseException:
    outer.__cause__ = inner
    return outer


NO_WAY = os_error(errno.ENETUNREACH)


@pytest.mark.parametrize(
    ("error", "without", "with_route"),
    [
        pytest.param(NO_WAY, OutcomeKind.OFFLINE, OutcomeKind.CONNECTION, id="no way there: IPv6 only, with a route"),
        pytest.param(os_error(errno.ENETDOWN), OutcomeKind.OFFLINE, OutcomeKind.CONNECTION, id="network down"),
        pytest.param(os_error(errno.EHOSTUNREACH), OutcomeKind.OFFLINE, OutcomeKind.CONNECTION, id="router away"),
        pytest.param(os_error(errno.EADDRNOTAVAIL), OutcomeKind.OFFLINE, OutcomeKind.CONNECTION, id="no address"),
        pytest.param(
            socket.gaierror(socket.EAI_AGAIN, "x"), OutcomeKind.OFFLINE, OutcomeKind.DNS, id="nobody looks names up"
        ),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "x"), OutcomeKind.DNS, OutcomeKind.DNS, id="no such name"),
        pytest.param(os_error(errno.ECONNREFUSED), OutcomeKind.CONNECTION, OutcomeKind.CONNECTION, id="refused"),
        pytest.param(os_error(errno.ECONNRESET), OutcomeKind.CONNECTION, OutcomeKind.CONNECTION, id="reset"),
        pytest.param(TimeoutError(), OutcomeKind.TIMEOUT, OutcomeKind.TIMEOUT, id="no answer in time"),
        pytest.param(
            caused(ProxyFailed("the proxy cannot be reached"), NO_WAY),
            OutcomeKind.OFFLINE,
            OutcomeKind.PROXY,
            id="no way to the proxy",
        ),
        pytest.param(
            caused(ProxyFailed("no"), os_error(errno.ECONNREFUSED)), OutcomeKind.PROXY, OutcomeKind.PROXY, id="its door"
        ),
        pytest.param(
            caused(aiohttp.ClientError("x"), NO_WAY), OutcomeKind.OFFLINE, OutcomeKind.CONNECTION, id="wrapped"
        ),
    ],
)
def test_what_is_the_machines_own(
    error: BaseException, without: OutcomeKind, with_route: OutcomeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for route, kind in ((False, without), (True, with_route)):
        monkeypatch.setattr(own_network, "has_route", lambda route=route: route)
        assert outcome_of_error(error).kind is kind
    assert outcome_of_error(NO_WAY).remedy


def test_its_state_stays_while_nothing_changes() -> None:
    assert own_network.state() == own_network.state() != ""
    assert own_network.has_route() in (True, False)
