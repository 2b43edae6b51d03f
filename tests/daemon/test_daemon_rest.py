"""What an idle daemon gives back, and what it need not look for again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monitor.daemon.memory import GROWN, Resting, unwritten
from monitor.model.wish import WishKind
from tests.daemon.test_daemon_wishes import WishedApp, a_daemon, rounds, wished

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
from monitor.daemon import memory
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
