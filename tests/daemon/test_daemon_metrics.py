"""Counts for a Prometheus of the person's own: what is answered, to whom, and what never stands there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon import ending
from monitor.daemon.metrics import Counts, metrics_text
from monitor.errors import StoreAway
from monitor.measures import Measure, count_measure, measures, note_measure
from monitor.model.alert import Outstanding
from monitor.model.progress import Loop
from monitor.model.settings import MonitoringSettings
from monitor.outbound import counts_door
from monitor.outbound.counts_door import LocalDoor, http_answer, refusal_of
from monitor.ports.installation import InstallationStanding
from tests.daemon.test_daemon_service import Stage, watch
from tests.patience import WITHIN_S

COUNTS = Counts(
    61.0,
    {Loop.SCHEDULE: 2.0, Loop.STORE: 0.4},
    {Loop.VISITS: 2},
    3,
    1,
    0,
    standing=InstallationStanding(due=4, late_s=90.4, in_hand=2, set_aside=1, hosts_held=7, hosts_resting=1),
    measured={Measure.SWEEPS: 3, Measure.CLOCK_OFF: -119.6, Measure.QUEUE_OLDEST: 1.4, Measure.INDEX_REVISION: 12},
)
LINE = re.compile(
    r"# TYPE [a-z_]+ (gauge|counter)|# HELP [a-z_]+ [A-Z][a-z ,:']+\.|[a-z_]+(\{loop=\"[a-z]+\"\})? -?[0-9]+"
)


def asked(line: str = "GET /metrics HTTP/1.1", *heads: str) -> str:
    return refusal_of("\r\n".join([line, *(heads or ("Host: 127.0.0.1:9464",)), "", ""]).encode()) or "200 OK"


def test_it_tells_counts_and_nothing_else() -> None:
    head, _, body = http_answer("200 OK", metrics_text(COUNTS)).decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK") and f"Content-Length: {len(body)}" in head
    assert 'monitor_loop_age_seconds{loop="schedule"} 2' in body and 'monitor_in_hand{loop="visits"} 2' in body
    assert all(LINE.fullmatch(line) for line in body.splitlines())
    told = dict(line.rsplit(" ", 1) for line in body.splitlines() if not line.startswith("#"))
    wanted = {"visits_late_seconds": "90", "visits_set_aside": "1", "hosts_held": "7", "clock_off_seconds": "-120"}
    wanted |= {"sweeps_total": "3", "index_revision": "12", "queue_oldest_seconds": "1", "well": "1", "ready": "1"}
    assert {name: told[f"monitor_{name}"] for name in wanted} == wanted
    assert "# TYPE monitor_sweeps_total counter" in body.splitlines()


@pytest.mark.parametrize(
    ("line", "heads", "status"),
    [
        pytest.param("GET /metrics?x=1 HTTP/1.1", ["Host: localhost"], "200", id="by name"),
        pytest.param("GET /metrics HTTP/1.1", ["Host: evil.example"], "403", id="a page that took a name of ours"),
        pytest.param("GET /metrics HTTP/1.1", ["Host: 127.0.0.1.evil.example"], "403", id="likewise"),
        pytest.param("GET /metrics HTTP/1.1", ["Host: localhost", "Host: evil.example"], "403", id="two hosts"),
        pytest.param("GET /metrics HTTP/1.1", ["Accept: */*"], "403", id="no host"),
        pytest.param("GET /health HTTP/1.1", ["Host: 127.0.0.1:9464"], "200", id="whether all is well"),
        pytest.param("GET /ready HTTP/1.0", ["Host: localhost"], "200", id="whether work is taken"),
        pytest.param("GET /ready HTTP/1.1", ["Host: evil.example"], "403", id="the same, by a page elsewhere"),
        pytest.param("GET /healthy HTTP/1.1", ["Host: localhost"], "404", id="nearly"),
        pytest.param("POST /metrics HTTP/1.1", ["Host: localhost"], "404", id="another way"),
        pytest.param("GET / HTTP/1.1", ["Host: localhost"], "404", id="another path"),
        pytest.param("GET /metrics/../x HTTP/1.1", ["Host: localhost"], "404", id="a path that climbs"),
        pytest.param("GET /metrics HTTP/2", ["Host: localhost"], "404", id="another protocol"),
    ],
)
def test_who_is_answered(line: str, heads: list[str], status: str) -> None:
    assert asked(line, *heads).startswith(f"{status} ")


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_refused_shortly(untrusted: bytes) -> None:
    assert refusal_of(untrusted).startswith(("404 ", "403 "))


async def ask(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), WITHIN_S)
    finally:
        writer.close()


async def test_on_loopback_and_bounded() -> None:
    door, told = LocalDoor(), ["counts 1\n", ""]
    port = await door.open(0, lambda: told.pop(0))
    question = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    try:
        assert (await ask(port, question)).startswith(b"HTTP/1.1 200")
        assert await ask(port, question) == b"", "nothing to tell just now"
        assert await ask(port, b"GET /metrics HTTP/1.1\r\n" + b"a" * 100_000) == b"", "no end of the head"
    finally:
        await door.aclose()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize(
    ("path", "text", "status"),
    [
        pytest.param("health", metrics_text(COUNTS), b"200", id="all is well"),
        pytest.param("health", metrics_text(replace(COUNTS, is_well=False)), b"503", id="something stands still"),
        pytest.param("ready", metrics_text(replace(COUNTS, is_well=False)), b"200", id="work is taken all the same"),
        pytest.param("ready", "", b"503", id="nothing is told"),
        pytest.param("ready", metrics_text(replace(COUNTS, is_ready=False)), b"503", id="the store does not answer"),
        pytest.param("health", metrics_text(replace(COUNTS, is_ready=False)), b"200", id="and that is not its fault"),
        pytest.param("health", "monitor_well 10\n", b"503", id="no such line"),
    ],
)
async def test_whoever_looks_after_it_is_told_in_one_word(path: str, text: str, status: bytes) -> None:
    door = LocalDoor()
    port = await door.open(0, lambda: text)
    try:
        answer = await ask(port, f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    finally:
        await door.aclose()
    assert answer.startswith(b"HTTP/1.1 " + status) and answer.endswith((b"\r\n\r\nyes\n", b"\r\n\r\nno\n"))


async def test_who_does_not_say_so_in_time_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts_door, "ANSWER_WITHIN_S", 0.01)

    async def hangs() -> str:
        await asyncio.Event().wait()
        return ""

    server = counts_door.CountsServer(hangs)
    port = await server.start(0)
    try:
        assert (await ask(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).startswith(b"HTTP/1.1 503")
    finally:
        await server.aclose()


async def test_the_daemon_tells_counts_only_where_it_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    stage = Stage(watch("a"))
    async with stage.running():
        assert stage.apps[0].doors == []
    stage = Stage(watch("a"))
    stage.service._first = replace(stage.settings, monitoring=MonitoringSettings(metrics=True))
    async with stage.running():
        (door,) = stage.apps[0].doors
        assert door.port == 9464
        assert "monitor_checks 1\n" in door.counts() and "monitor_stalls_total 0\n" in door.counts()
    assert door.port == 0, "it is shut at the end"


async def test_of_a_store_that_is_away_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    stage = Stage(watch("a"))
    stage.service._first = replace(stage.settings, monitoring=MonitoringSettings(metrics=True))
    async with stage.running():
        (door,) = stage.apps[0].doors

        def away() -> Outstanding:
            raise StoreAway("the database does not answer")

        with monkeypatch.context() as patched:
            patched.setattr(stage.apps[0].store.alerts, "outstanding", away)
            told = door.counts()
        assert "monitor_well 1\n" in told and "monitor_ready 0\n" in told and "monitor_messages_waiting" not in told
        assert "monitor_ready 1\n" in door.counts()


async def test_a_reload_moves_the_door_to_whoever_opens_connections_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "TAKEN_WITHIN_S", 10 * WITHIN_S)
    stage = Stage(watch("a"))
    stage.service._first = stage.settings = replace(stage.settings, monitoring=MonitoringSettings(metrics=True))

    async def reloaded(**monitoring: object) -> list[list[int]]:
        changed = MonitoringSettings(**monitoring)  # type: ignore[arg-type]
        stage.settings = replace(stage.settings, monitoring=changed)
        os.kill(os.getpid(), signal.SIGHUP)
        await stage.until("RELOADING")
        await stage.until("READY")
        return [[door.port for door in app.doors] for app in stage.apps]

    async with stage.running():
        assert await reloaded(metrics=True, metrics_port=9000) == [[0], [9000]]
        assert await reloaded(metrics=True, metrics_port=9000, heartbeat=False) == [[0], [0], [9000]]
        assert await reloaded(metrics=False) == [[0], [0], [0], []]


def test_numbers_are_noted_and_counted_under_names_that_are_known() -> None:
    before = measures().get(Measure.SWEPT, 0)
    count_measure(Measure.SWEPT, 3)
    count_measure(Measure.SWEPT)
    note_measure(Measure.INDEX_REVISION, 7)
    note_measure(Measure.INDEX_REVISION, 8)
    assert (measures()[Measure.SWEPT] - before, measures()[Measure.INDEX_REVISION]) == (4, 8)
    assert len({one.told_as for one in Measure}) == len(Measure)
