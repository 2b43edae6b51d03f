"""Who connects is told by the kernel's table; who stays away in the middle is cut off."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.review import server as served
from monitor.review.peers import account_behind, accounts_let_in
from tests.patience import WITHIN_S
from tests.review.asking import NothingFound, application_over

HEADS = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
ENDS = (("127.1.2.3", 40_000), ("127.7.7.7", 8765))
V4 = "   1: 0302017F:9C40 0707077F:223D 01 00000000:00000000 00:00000000 00000000  1001        0 5 1"
MAPPED = V4.replace("0302017F", "0000000000000000FFFF00000302017F").replace(
    "0707077F", "0000000000000000FFFF00000707077F"
)


@pytest.mark.parametrize(
    ("line", "account"),
    [
        pytest.param(V4, 1001, id="there"),
        pytest.param(MAPPED, 1001, id="through a socket of IPv6"),
        pytest.param(V4.replace("9C40", "9C41"), None, id="another port"),
        pytest.param(V4.replace("0302017F:9C40 0707077F:223D", "0707077F:223D 0302017F:9C40"), None, id="our own end"),
        pytest.param(V4.replace("1001", "x"), None, id="no number"),
        pytest.param(V4.replace("1001        0 5", "0        0 5"), 0, id="root"),
        pytest.param(V4.replace("1001        0 5", "0        0 0"), None, id="whoever sent and let go: root, it says"),
        pytest.param("   1: 0302017F:9C40", None, id="cut short"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_whose_it_is(tmp_path: Path, line: str, account: int | None) -> None:
    table = tmp_path / "tcp"
    table.write_text(f"{HEADS}\n{line}\n")
    assert account_behind(*ENDS, tables=[tmp_path / "not there", table]) == account


@given(st.text(max_size=200))
def test_whatever_the_table_says_nobody_is_taken_for_somebody(words: str) -> None:
    table = Path(f"/dev/shm/peers-{os.getpid()}")
    table.write_text(f"{HEADS}\n{words}\n", encoding="utf-8", errors="replace")
    try:
        assert account_behind(*ENDS, tables=[table]) is None
    finally:
        table.unlink()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_of_a_real_connection(family: socket.AddressFamily) -> None:
    address = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.create_server((address, 0), family=family) as at, socket.socket(family) as client:
        client.connect(at.getsockname())
        taken, ends = at.accept()
        with taken:
            assert account_behind(ends[:2], at.getsockname()[:2]) == os.geteuid()
            assert account_behind(ends[:2], (at.getsockname()[0], 1)) is None


@pytest.mark.parametrize(
    ("sudo", "login", "more"),
    [
        pytest.param("", "4294967295", set(), id="nobody else"),
        pytest.param("1001", "4294967295", {1001}, id="by sudo"),
        pytest.param("", "1002", {1002}, id="as the kernel remembers"),
        pytest.param("-1", "no number", set(), id="nonsense"),
    ],
)
def test_who_is_let_in(tmp_path: Path, sudo: str, login: str, more: set[int]) -> None:
    (tmp_path / "loginuid").write_text(login)
    assert accounts_let_in({"SUDO_UID": sudo}, tmp_path / "loginuid") == {os.geteuid(), 0} | more


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: ", id="half a head"),
        pytest.param(b"POST /enter HTTP/1.1\r\nHost: HOST\r\nContent-Length: 999\r\n\r\nlink=", id="half a body"),
    ],
)
async def test_who_stays_away_in_the_middle_is_cut_off(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served._Plain, "waits_s", 0.05)
    with served.listening("127.7.7.7", 0) as at:
        app, _ = application_over(NothingFound(), host=served.spelled_host(at))
        running = asyncio.create_task(served.serve_page(app, at))
        reader, writer = await asyncio.open_connection(*at.getsockname())
        writer.write(sent.replace(b"HOST", served.spelled_host(at).encode()))
        try:
            async with asyncio.timeout(WITHIN_S):
                assert await reader.read() == b""
        except ConnectionResetError:
            pass
        writer.close()
        os.kill(os.getpid(), 15)
        await running
