"""Politeness over machines: several workers whose clocks stand wrong, one database, and hosts that write down when they
were asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from monitor.acting import acting_for
from monitor.model.outcome import OutcomeKind
from monitor.model.page import Fetched
from monitor.store.postgres.host_gate import SharedHostGate
from monitor.store.store import SqlStore
from tests.outbound.machines import (
    SKEWS,
    Hosts,
    a_worker,
    addresses,
    at_work_as_processes,
    in_seconds,
    pages_of,
    some_hosts,
    visit,
    wrong_by,
)
from tests.stores import a_postgres_store

GAP_S = 0.02


async def all_at_work(store: SqlStore, hosts: Hosts, of: tuple[str, ...], pages: int) -> list[list[Fetched]]:
    async with AsyncExitStack() as workers:
        with acting_for("default"):
            at_work = []
            for number, skew in enumerate(SKEWS):
                gate = SharedHostGate(store._db)
                fetcher = await workers.enter_async_context(a_worker(gate, wrong_by(skew), hosts.port, GAP_S))
                at_work.append(visit(fetcher, pages_of(number, len(SKEWS), of, pages, hosts.port)))
            return await asyncio.gather(*at_work)


async def test_a_host_is_asked_once_at_a_time_and_with_its_gap_whoever_asks() -> None:
    of = addresses(4)
    async with some_hosts() as hosts:
        found = await all_at_work(a_postgres_store(), hosts, of, 8)
    assert {one.outcome.kind for each in found for one in each} == {OutcomeKind.OK}
    asked = Counter(one for one in hosts.asked() if one[1] != "/robots.txt")
    assert asked == Counter({(host, f"/{page}"): 1 for host in of for page in range(8)})
    assert hosts.most_at_once == 1
    assert min(hosts.gaps()) >= GAP_S - 0.001


@pytest.mark.parametrize("form", ["seconds", "a time"])
async def test_what_a_host_asks_one_for_is_kept_by_all(form: str) -> None:
    """400 s, which is more than anybody waits for: told at once. A clock that is two minutes ahead would make 280 s of
    the time, and wait."""
    how_long = "400" if form == "seconds" else in_seconds(400)
    (host,) = addresses(1)
    async with some_hosts({host: (6, how_long)}) as hosts:
        found = await all_at_work(a_postgres_store(), hosts, (host,), 12)
    said = Counter(one.outcome.kind for each in found for one in each)
    served = hosts.served[host]
    assert [one.status for one in served].count(429) == 1 and served[-1].status == 429
    assert said[OutcomeKind.RATE_LIMITED] == 12 - [one.status for one in served].count(200)
    waits = [one.outcome.retry_after_s or 0.0 for each in found for one in each if one.status != 200]
    assert min(waits) > 330, "by the host's own clock, whatever that of the worker says"


@pytest.mark.long
async def test_four_processes_two_hundred_hosts_and_five_thousand_pages(tmp_path: Path) -> None:
    """How much more four do than one: `bench/machines.py`."""
    of, pages, gap_s = addresses(200), 25, 0.05
    refuses = {of[7]: (9, "900"), of[8]: (9, in_seconds(900))}
    async with some_hosts(refuses) as hosts:
        _, said = await at_work_as_processes(tmp_path, hosts, of, pages, len(SKEWS), gap_s)
    asked = Counter(one for one in hosts.asked() if one[1] != "/robots.txt")
    whole = {(host, f"/{page}") for host in of if host not in refuses for page in range(pages)}
    assert set(asked.values()) == {1} and whole <= asked.keys()
    assert set(said) == {OutcomeKind.OK.value, OutcomeKind.RATE_LIMITED.value}
    assert hosts.most_at_once == 1
    assert min(hosts.gaps()) >= gap_s - 0.001
    for host in refuses:
        statuses = [one.status for one in hosts.served[host]]
        assert statuses.count(429) == 1 and statuses[-1] == 429
