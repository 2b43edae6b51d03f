"""Who may ask at all: by the head of a request alone, and over every route of the router."""

from __future__ import annotations

import asyncio
import socket
import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.review.application import EVERY_ROUTE
from monitor.review.gate import REFUSED_LINE, RequestHead, is_let_through
from monitor.review.headers import HEADERS
from monitor.review.keeping import PageKeeper
from monitor.review.links import Links
from monitor.review.server import listening, serve_page, served
from monitor.review.session import Sessions
from tests.review.asking import HOST, NOW, NothingFound

HOSTS = frozenset({HOST})
ADDRESS, PORT = HOST.split(":")

FOREIGN_HOSTS = {
    "nothing": "",
    "no port": ADDRESS,
    "another port": f"{ADDRESS}:8081",
    "port 80": f"{ADDRESS}:80",
    "port with a zero before": f"{ADDRESS}:0{PORT}",
    "port with a plus": f"{ADDRESS}:+{PORT}",
    "port with a blank": f"{ADDRESS}: {PORT}",
    "port twice": f"{HOST}:{PORT}",
    "empty port": f"{ADDRESS}:",
    "port too large": f"{ADDRESS}:{65536 + int(PORT)}",
    "blank before": f" {HOST}",
    "blank behind": f"{HOST} ",
    "tab behind": f"{HOST}\t",
    "dot behind": f"{ADDRESS}.:{PORT}",
    "two dots": f"127.7..7.7:{PORT}",
    "user before": f"me@{HOST}",
    "user and password": f"{HOST}@evil.example",
    "scheme before": f"http://{HOST}",
    "path behind": f"{HOST}/",
    "question behind": f"{HOST}?",
    "hash behind": f"{HOST}#",
    "two with a comma": f"{HOST},evil.example",
    "localhost": f"localhost:{PORT}",
    "LOCALHOST": f"LOCALHOST:{PORT}",
    "localhost with a dot": f"localhost.:{PORT}",
    "a name below localhost": f"page.localhost:{PORT}",
    "a name that resolves here": f"rebind.evil.example:{PORT}",
    "a name with the address in it": f"{ADDRESS}.nip.io:{PORT}",
    "the usual loopback": f"127.0.0.1:{PORT}",
    "the whole of loopback": f"127.7.7.8:{PORT}",
    "every address": f"0.0.0.0:{PORT}",
    "one number": f"2131167239:{PORT}",
    "hexadecimal": f"0x7f070707:{PORT}",
    "octal": f"0177.07.07.07:{PORT}",
    "short": f"127.7.1799:{PORT}",
    "IPv6 loopback": f"[::1]:{PORT}",
    "IPv6 with the address in it": f"[::ffff:{ADDRESS}]:{PORT}",
    "IPv6 without brackets": f"::1:{PORT}",
    "full-width digits": f"\uff11\uff12\uff17.7.7.7:{PORT}",
    "another dot": f"127\u30027\u30027\u30027:{PORT}",
    "a machine of the network": f"192.168.1.5:{PORT}",
    "a zone": f"[fe80::1%lo]:{PORT}",
}


@pytest.mark.parametrize("host", [pytest.param(host, id=name) for name, host in FOREIGN_HOSTS.items()])
def test_no_other_spelling_of_the_host(host: str) -> None:
    assert not is_let_through(RequestHead("GET", "/", host), HOSTS)
    own = f"http://{HOST}"
    assert not is_let_through(RequestHead("POST", "/decide", host, origin=own, site="same-origin"), HOSTS)


@given(host=st.text(alphabet=string.printable + "\uff11\u3002", max_size=30))
def test_whatever_the_host_is_it_is_ours_or_refused(host: str) -> None:
    assert is_let_through(RequestHead("GET", "/", host), HOSTS) == (host == HOST)


OWN = f"http://{HOST}"


@pytest.mark.parametrize(
    ("method", "path", "origin", "site", "mode", "taken"),
    [
        pytest.param("POST", "/decide", OWN, "same-origin", "navigate", True, id="a form of ours"),
        pytest.param("POST", "/decide", "null", "same-origin", "navigate", True, id="as no-referrer makes it"),
        pytest.param("POST", "/decide", OWN, "", "", True, id="a browser that says nothing more"),
        pytest.param("POST", "/decide", "", "", "", False, id="without an origin"),
        pytest.param("POST", "/decide", "null", "", "", False, id="an origin that says nothing"),
        pytest.param("POST", "/decide", "null", "cross-site", "navigate", False, id="a file's form, or a frame's"),
        pytest.param("POST", "/decide", "null", "none", "navigate", False, id="nobody's form"),
        pytest.param("POST", "/decide", OWN, "none", "navigate", False, id="ours, and yet nobody's"),
        pytest.param("POST", "/decide", OWN, "cross-site", "navigate", False, id="two that disagree"),
        pytest.param("POST", "/decide", f"http://{ADDRESS}:9999", "same-site", "navigate", False, id="another port"),
        pytest.param("POST", "/decide", f"http://{ADDRESS}:9999", "same-origin", "cors", False, id="a lie"),
        pytest.param("POST", "/decide", f"{OWN}/", "same-origin", "cors", False, id="with a slash"),
        pytest.param("POST", "/decide", "https://evil.example", "cross-site", "cors", False, id="another site"),
        pytest.param("POST", "/decide", "twice", "same-origin", "", False, id="two origins"),
        pytest.param("POST", "/leave", "https://evil.example", "cross-site", "no-cors", False, id="leaving for others"),
        pytest.param("GET", "/", "", "none", "navigate", True, id="typed"),
        pytest.param("GET", "/", "", "same-origin", "navigate", True, id="a link of ours"),
        pytest.param("GET", "/", "", "cross-site", "navigate", False, id="a link of another page"),
        pytest.param("GET", "/", "", "same-site", "navigate", False, id="of another port of this address"),
        pytest.param("GET", "/static/page.js", "", "cross-site", "no-cors", False, id="to find out what runs here"),
        pytest.param("GET", "/", "https://evil.example", "cross-site", "cors", False, id="read by another page"),
        pytest.param("GET", "/enter/x", "", "cross-site", "navigate", True, id="the link in a mail"),
        pytest.param("GET", "/enter/x", "", "cross-site", "no-cors", False, id="the link as a picture"),
        pytest.param("POST", "/enter", "null", "cross-site", "navigate", True, id="the file of --open"),
        pytest.param("GET", "/entering", "", "cross-site", "navigate", False, id="what only begins like it"),
        pytest.param("HEAD", "/", "", "", "", True, id="the head alone"),
        *(
            pytest.param(method, "/", OWN, "same-origin", "cors", False, id=method)
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "")
        ),
        pytest.param("GET", "", "", "", "", False, id="a proxy's form"),
    ],
)
def test_what_is_let_through(method: str, path: str, origin: str, site: str, mode: str, taken: bool) -> None:
    assert is_let_through(RequestHead(method, path, HOST, origin, site, mode), HOSTS) is taken


# --- every route -----------------------------------------------------------------------------------------------------

GOOD = {"origin": OWN, "sec-fetch-site": "same-origin"}
WITHOUT_SESSION = {route.path for route in EVERY_ROUTE if route.is_public}
ASKED = [(route.method, route.path.replace("{", "").replace("}", "")) for route in EVERY_ROUTE]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


@asynccontextmanager
async def stranger(cookie: str = "") -> AsyncIterator[httpx.AsyncClient]:
    page = served(NothingFound, Links(), Sessions(), HOSTS, lambda: NOW, UTC)
    headers = {**GOOD, **({"cookie": f"__Host-session={cookie}; session={cookie}"} if cookie else {})}
    transport = httpx.ASGITransport(page, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=headers) as client:
        yield client


def test_what_needs_no_session_is_known_one_by_one() -> None:
    assert WITHOUT_SESSION == {"/enter/{link}", "/enter", "/leave", "/away", "/static/{name}"}


@pytest.mark.parametrize("cookie", [pytest.param("", id="without a session"), pytest.param("stale", id="a stale one")])
async def test_every_route_is_the_door_or_refused(cookie: str) -> None:
    let_in = []
    async with stranger(cookie) as client:
        for route in EVERY_ROUTE:
            path = route.path.replace("{", "").replace("}", "")
            for method in METHODS:
                answer = await client.request(method, path)
                is_public = route.path in WITHOUT_SESSION and (route.method == method or method == "HEAD")
                is_door = "This page is closed" in answer.text
                is_line = answer.content in (REFUSED_LINE, b"") and answer.text.count("\n") <= 1
                if not is_public and not (answer.status_code == 403 and (is_door or is_line)):
                    let_in.append((method, path, answer.status_code))
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (method, path)
                assert "server" not in answer.headers and "date" not in answer.headers
    assert let_in == []


async def test_every_route_refuses_another_host_and_another_page_in_one_line() -> None:
    foreign = (
        {"host": "rebind.evil.example:8080"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"origin": f"http://{ADDRESS}:9999", "sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    )
    async with stranger() as client:
        for method, path in dict.fromkeys(ASKED):
            for headers in foreign:
                if path == "/enter" and "origin" in headers:
                    continue  # the one form that may come from elsewhere: it brings a link, or nothing happens
                answer = await client.request(method, path, headers=headers)
                assert (answer.status_code, answer.content) == (403, REFUSED_LINE), (method, path, headers)
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


# --- over a socket ---------------------------------------------------------------------------------------------------

BROKEN = {
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: HERE\r\nHost: evil.example\r\n\r\n",
    "an older version without a host": b"GET / HTTP/1.0\r\n\r\n",
    "a proxy's form": b"GET http://HERE/ HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "a proxy's form to elsewhere": b"GET http://evil.example/ HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a head without an end": b"GET / HTTP/1.1\r\nHost: HERE\r\nX: " + 40_000 * b"x",
    "two lengths": b"POST /leave HTTP/1.1\r\nHost: HERE\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a connect": b"CONNECT HERE HTTP/1.1\r\nHost: HERE\r\n\r\n",
}


async def test_what_is_broken_is_refused_with_the_same_headers() -> None:
    with listening("127.0.0.1", 0) as at:
        host = f"127.0.0.1:{at.getsockname()[1]}"
        links, sessions = Links(), Sessions()
        page = served(NothingFound, links, sessions, frozenset({host}), lambda: NOW, UTC)
        keeper = PageKeeper(sessions, links)
        serving = asyncio.create_task(serve_page(page, at, keeper=keeper, clock=lambda: NOW))
        try:
            for name, content in BROKEN.items():
                told = await asyncio.to_thread(said_to, at.getsockname(), content.replace(b"HERE", host.encode()))
                head, _, body = told.partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 403 "), (name, told)
                assert body == REFUSED_LINE, (name, told)
                lines = {line.partition(b":")[0].lower().decode() for line in head.splitlines()[1:]}
                assert {*HEADERS} <= lines and not {"server", "date"} & lines, name
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def said_to(where: tuple[str, int], content: bytes) -> bytes:
    with socket.create_connection(where, timeout=60) as sent:
        sent.sendall(content)
        sent.shutdown(socket.SHUT_WR)
        told = b""
        while piece := sent.recv(65536):
            told += piece
    return told
