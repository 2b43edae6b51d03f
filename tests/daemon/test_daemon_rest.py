"""What an idle daemon gives back, and what it need not look for again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alerts.outbox import Sending
from monitor.daemon.rounds import ALERTS_EVERY_S, WISHES_EVERY_S
from monitor.daemon.schedule import ROUND_OF_VISITS, VISITS_EVERY_S, Times
from monitor.daemon.timekeeping import LOOK_EVERY_S
from monitor.memory import GROWN, Resting, unwritten
from monitor.model.watch import Every
from monitor.model.wish import WishKind
from tests.daemon.simulated import World, simulate
from tests.daemon.test_daemon_wishes import WishedApp, a_daemon, rounds, wished
from tests.daemon.test_daemon_year import watch

NOW = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
MAPPING = """{at} {rights} 00001000 fe:00 {inode}                       {path}
Size:               1312 kB
Rss:                 900 kB
Private_Dirty:         {dirty} kB
Anonymous:             {dirty} kB
AnonHugePages:         0 kB
VmFlags: rd ex mr mw me
"""


@pytest.mark.parametrize(
    ("rights", "inode", "path", "dirty", "goes"),
    [
        pytest.param("r-xp", 77, "/usr/lib/lib one.so", 0, True, id="code"),
        pytest.param("r--p", 77, "/usr/lib/libone.so", 0, True, id="what it reads"),
        pytest.param("r--p", 77, "/usr/lib/libone.so", 4, False, id="a table that the loader filled in"),
        pytest.param("rw-p", 77, "/usr/lib/libone.so", 0, False, id="may be written"),
        pytest.param("r--s", 77, "/data/store.db-shm", 0, False, id="shared"),
        pytest.param("r-xp", 0, "[vdso]", 0, False, id="the kernel's"),
        pytest.param("r--p", 0, "", 0, False, id="of no file"),
    ],
)
def test_only_what_is_as_the_file_has_it_is_let_go(rights: str, inode: int, path: str, dirty: int, goes: bool) -> None:
    other = MAPPING.format(at="7f00-7fff", rights="rw-p", inode=0, path="", dirty=8)
    one = MAPPING.format(at="1000-a000", rights=rights, inode=inode, path=path, dirty=dirty)
    assert unwritten(other + one + other) == ([(0x1000, 0xA000)] if goes else [])


def test_a_process_goes_on_when_it_has_let_go() -> None:
    work = """
import numpy, sqlite3, ssl
from monitor import memory
memory.few_arenas()
before = memory.resident()
memory.give_back()
memory.let_go_of_files()
after = memory.resident()
assert numpy.linalg.inv(numpy.eye(2)).sum() == 2 and ssl.create_default_context() and sqlite3.connect("")
print(before - after)
"""
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 4 * 2**20


def test_it_rests_again_only_when_more_is_held_than_waiting_takes() -> None:
    resting = Resting()
    assert resting.is_due(100)  # it has begun
    resting.rested()
    assert not resting.is_due(90)  # what waiting takes has come back
    assert not resting.is_due(90 + GROWN)
    assert resting.is_due(91 + GROWN)


async def test_no_wish_is_looked_for_until_something_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    app = WishedApp()
    daemon, looked = a_daemon(app), []
    real = app.store.wishes.open
    monkeypatch.setattr(app.store.wishes, "open", lambda case: looked.append(case) or real(case))
    for _ in range(3):
        await rounds(daemon)
    assert len(looked) == 1
    wish = wished(app, WishKind.TEST)
    await rounds(daemon)
    assert app.store.wishes.get(wish.case, wish.id) is not None
    assert len(looked) == 2 and app.tried == 1


def test_rounds_that_find_nothing_to_do_rest_until_something_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: dict[str, list[float]] = {"wishes": [], "visits": [], "alerts": []}
    quiet, soon, wrote = dict[str, int](), dict[str, float](), list[float]()

    def prepare(world: World) -> None:
        def noted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *given, **more: (looks[name].append(world.boot), real(*given, **more))[1]

        monkeypatch.setattr(world.store.wishes, "open", noted("wishes", world.store.wishes.open))
        monkeypatch.setattr(world.store.visits, "due", noted("visits", world.store.visits.due))

        async def send_alerts(*, urgent: bool) -> Sending:
            if urgent:
                looks["alerts"].append(world.boot)
            return Sending(nothing_at=world.store.writings())

        monkeypatch.setattr(world, "send_alerts", send_alerts)

    async def story(world: World) -> None:
        await asyncio.sleep(600)
        before = {name: len(at) for name, at in looks.items()}
        await asyncio.sleep(1200)
        quiet.update({name: len(at) - before[name] for name, at in looks.items()})
        world.store.machine.note_round(NOW)
        wrote.append(world.boot)
        await asyncio.sleep(30)
        soon.update({name: min(at for at in times if at >= wrote[0]) - wrote[0] for name, times in looks.items()})

    simulate(NOW, "UTC", [watch("board", Every(86400))], story, look_every_s=LOOK_EVERY_S, prepare=prepare)
    assert all(count <= 40 for count in quiet.values()), quiet  # of 400, 120, 120
    assert soon["wishes"] <= 2 * WISHES_EVERY_S and soon["visits"] <= VISITS_EVERY_S + LOOK_EVERY_S, soon
    assert soon["alerts"] <= ALERTS_EVERY_S + LOOK_EVERY_S, soon


async def test_a_look_that_ends_puts_off_nothing_that_has_just_fallen_due() -> None:
    daemon, due = a_daemon(WishedApp()), datetime.now(UTC) - timedelta(seconds=1)
    daemon._scheduler.add_job(
        daemon._take_up_due, Times(Every(3600), UTC), id=f"round:{ROUND_OF_VISITS}", next_run_time=due
    )
    daemon._wake()
    assert daemon._scheduler.get_job(f"round:{ROUND_OF_VISITS}").next_run_time == due
