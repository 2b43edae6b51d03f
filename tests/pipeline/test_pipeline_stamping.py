"""The custody log's head at time-stamp authorities: stock OpenSSL behind HTTP on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.evidence.custody import details_of, faults
from monitor.evidence.stamps import parse_stamped_data
from monitor.model.alert import AlertKind
from monitor.model.custody import CustodyAct
from monitor.model.ids import DEFAULT_CASE, digest_of
from monitor.model.settings import EvidenceSettings, NetworkSettings, Settings
from monitor.outbound.timestamps import Authorities
from monitor.pipeline.stamping import Stamped, clock_fault, stamp
from monitor.store.store import SqlStore
from tests.evidence.authority import Front, new_authority, serving, the_authority
from tests.own_ways import local_own
from tests.stores import a_store, every_alert

CASE = DEFAULT_CASE


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def settings_with(folder: Path, *, roots: bool = True, proxy: str = "") -> Settings:
    root = folder / "root.pem"
    root.write_bytes(the_authority().root)
    evidence = EvidenceSettings(timestamp_roots=(str(root),) if roots else ())
    made = Settings(path=None, data_dir=folder, watchlist_dir=folder, evidence=evidence)
    return replace(made, network=NetworkSettings(proxy=proxy))


@pytest.fixture
def store() -> SqlStore:
    made = a_store()
    made.custody.note(CASE, CustodyAct.CAPTURE, {"capture": "c1"}, datetime.now(UTC))
    return made


async def stamped(
    store: SqlStore,
    folder: Path,
    *urls: str,
    clock: Callable[[], datetime] | None = None,
    at_once: bool = False,
    roots: bool = True,
    proxy: str = "",
    answer_s: float = 20.0,
) -> Stamped | None:
    async with local_own() as own:
        authorities = Authorities(settings_with(folder, roots=roots, proxy=proxy), own, answer_s=answer_s)
        return await stamp(CASE, urls, store=store, authorities=authorities, clock=clock or Clock(), at_once=at_once)


async def test_query_reply_and_chain_are_kept_and_the_log_says_so(store: SqlStore, tmp_path: Path) -> None:
    front = Front(the_authority())
    head = store.custody.head(CASE)
    with serving(front) as url:
        done = await stamped(store, tmp_path, url)
    assert done is not None and not done.failed
    (kept,) = store.time_stamps.all(CASE)
    assert front.asked == [kept.query]
    assert parse_stamped_data(kept.data) == head
    told = details_of(store.custody.all(CASE)[-1])
    assert told["reply"] == digest_of(kept.reply)
    assert told["stamped"] == "1"
    assert list(faults(store.custody.all(CASE))) == []


async def test_nothing_but_the_query_is_told_to_it(store: SqlStore, tmp_path: Path) -> None:
    front = Front(the_authority())
    with serving(front) as url:
        await stamped(store, tmp_path, url)
    (head,) = front.heads
    assert set(head) == {"Host", "Content-Type", "Accept", "Content-Length", "Connection"}


async def test_once_a_day_and_only_for_what_is_new(store: SqlStore, tmp_path: Path) -> None:
    clock = Clock()
    with serving(Front(the_authority())) as url:
        assert await stamped(store, tmp_path, url, clock=clock) is not None
        assert await stamped(store, tmp_path, url, clock=clock) is None
        clock.ahead = timedelta(days=2)
        assert await stamped(store, tmp_path, url, clock=clock, at_once=True) is None  # only its own entry is new
        store.custody.note(CASE, CustodyAct.VIEW, {}, clock())
        clock.ahead = timedelta(hours=1)
        assert await stamped(store, tmp_path, url, clock=clock) is None
        assert await stamped(store, tmp_path, url, clock=clock, at_once=True) is not None
    assert [one.number for one in store.time_stamps.all(CASE)] == [1, 3]


async def test_each_authority_is_asked_with_a_question_of_its_own(store: SqlStore, tmp_path: Path) -> None:
    with serving(Front(the_authority())) as one, serving(Front(the_authority())) as other:
        await stamped(store, tmp_path, one, other)
    first, second = store.time_stamps.all(CASE)
    assert first.number == second.number == 1
    assert first.data != second.data


def html(front: Front) -> None:
    front.headers, front.body = {"Content-Type": "text/html"}, b"<!doctype html><p>Please sign in"


def no_type(front: Front) -> None:
    front.headers, front.body = {}, b"<!doctype html><p>Please sign in"


def old_nonce(front: Front) -> None:
    from monitor.evidence.stamps import query_for

    front.body = front.authority.reply(query_for(b"old"))


def redirects(front: Front) -> None:
    front.status, front.headers = 307, {"Location": "https://elsewhere.example/"}


def broken(front: Front) -> None:
    front.status, front.body = 503, b""


def endless(front: Front) -> None:
    front.body = b"\x30" * 1_000_000


@pytest.mark.parametrize(
    ("does", "said"),
    [
        pytest.param(html, "a page of text", id="HTML"),
        pytest.param(no_type, "no time stamp", id="HTML that does not say so"),
        pytest.param(old_nonce, "something else", id="an old answer"),
        pytest.param(redirects, "not followed", id="elsewhere"),
        pytest.param(broken, "status 503", id="an error"),
        pytest.param(endless, "too long", id="too much"),
    ],
)
async def test_what_goes_wrong_is_said_and_the_next_is_asked(
    store: SqlStore, tmp_path: Path, does: Callable[[Front], None], said: str
) -> None:
    bad = Front(the_authority())
    does(bad)
    with serving(bad) as first, serving(Front(the_authority())) as second:
        done = await stamped(store, tmp_path, first, second)
    assert done is not None
    assert [host for host, _ in done.failed] == ["127.0.0.1"]
    assert said in done.failed[0][1]
    assert len(done.stamps) == 1
    assert store.time_stamps.tried(CASE) is None


async def test_the_head_waits_where_none_gives_one(store: SqlStore, tmp_path: Path) -> None:
    clock, front = Clock(), Front(the_authority())
    html(front)
    with serving(front) as url:
        await stamped(store, tmp_path, url, clock=clock)
        assert store.time_stamps.all(CASE) == []
        assert await stamped(store, tmp_path, url, clock=clock) is None
        clock.ahead = timedelta(minutes=16)
        await stamped(store, tmp_path, url, clock=clock)
        tried = store.time_stamps.tried(CASE)
        assert tried is not None and tried.tries == 2 and "a page of text" in tried.why
        front.headers, front.body = {}, None
        clock.ahead = timedelta(hours=2)
        done = await stamped(store, tmp_path, url, clock=clock)
    assert done is not None and len(done.stamps) == 1


async def test_nobody_there(store: SqlStore, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        done = await stamped(store, tmp_path, url)
    assert done is not None and done.failed == (("127.0.0.1", "it cannot be reached"),)


async def test_no_answer_in_time(store: SqlStore, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel takes the connection, nobody answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        done = await stamped(store, tmp_path, url, answer_s=0.2)
    assert done is not None and "did not answer within 0.2 seconds" in done.failed[0][1]


async def test_an_unknown_root_is_said(store: SqlStore, tmp_path: Path) -> None:
    with serving(Front(new_authority(tmp_path / "other"))) as url:
        done = await stamped(store, tmp_path, url)
    assert done is not None and "not known here" in done.failed[0][1]


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_roots_that_cannot_be_read_are_said(store: SqlStore, tmp_path: Path, content: bytes | None) -> None:
    settings = settings_with(tmp_path)
    path = tmp_path / "root.pem"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with serving(Front(the_authority())) as url:
        async with local_own() as own:
            done = await stamp(CASE, [url], store=store, authorities=Authorities(settings, own), clock=Clock())
    assert done is not None and "timestamp_roots" in done.failed[0][1]


async def test_off_without_an_address(store: SqlStore, tmp_path: Path) -> None:
    assert await stamped(store, tmp_path) is None


async def test_with_a_proxy_nothing_is_dialled_past_it(store: SqlStore, tmp_path: Path) -> None:
    asked = list[bytes]()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        front = Front(the_authority())
        with serving(front):
            done = await stamped(store, tmp_path, "http://tsa.example/tsr", proxy=address)
    assert asked == [b"POST http://tsa.example/tsr HTTP/1.1\r\n"]
    assert done is not None and done.failed and front.asked == []


async def test_a_clock_that_is_off_is_an_alarm_until_a_stamp_agrees(store: SqlStore, tmp_path: Path) -> None:
    clock = Clock()
    clock.ahead = timedelta(minutes=-30)
    with serving(Front(the_authority())) as url:
        await stamped(store, tmp_path, url, clock=clock)
        fault = clock_fault(store, CASE, clock())
        assert fault is not None and timedelta(minutes=29) < fault.by < timedelta(minutes=31)
        store.custody.note(CASE, CustodyAct.VIEW, {}, clock())
        await stamped(store, tmp_path, url, clock=clock, at_once=True)
        assert [alert.kind for alert in every_alert(store)] == [AlertKind.CLOCK]  # told once
        store.custody.note(CASE, CustodyAct.VIEW, {}, clock())
        clock.ahead = timedelta(0)
        await stamped(store, tmp_path, url, clock=clock, at_once=True)
    assert clock_fault(store, CASE, clock()) is None
