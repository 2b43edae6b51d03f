"""A long pass holds steady: what it keeps in memory hardly grows with what it has looked at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from monitor.model.observation import RunStatus
from monitor.model.page import Fetched, Outcome, OutcomeKind, Request
from monitor.model.watch import Follow, ImageRules
from tests.fakes import FakeClock
from tests.pipeline.pipeline_bench import FORUM, OTHERS, PHOTOS, Bench, page

PER_PAGE = 9
MIB = 1024 * 1024


@dataclass
class LongForum:
    """Page after page, each with pictures under addresses and with bytes of their own. Notes this process's size."""

    clock: FakeClock
    pages: int
    bodies: list[bytes] = field(default_factory=lambda: [path.read_bytes() for path in OTHERS[:5]])
    resident: list[int] = field(default_factory=list)

    def allow_ports_of(self, urls: Iterable[str]) -> None: ...

    async def fetch(self, request: Request) -> Fetched:
        name = request.url.rpartition("/")[2]
        if request.url.endswith(".jpg"):
            # What stands after its end has it decoded anew.
            kind, body = "image/jpeg", self.bodies[sum(name.encode()) % 5] + name.encode()
        else:
            number = int(name)
            images = (f"https://cdn.example/{number}-{image}.jpg" for image in range(PER_PAGE))
            more = f'<a class="next" href="https://forum.example/t/{number + 1}">next</a>'
            kind, body = "text/html", page(*images, more=more * (number < self.pages)).encode()
        self.resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        digest = hashlib.sha256(body).hexdigest()
        headers = (("content-type", kind), ("etag", f'"{digest[:16]}"'))
        return Fetched(request, Outcome(OutcomeKind.OK), request.url, self.clock(), 200, headers, body, digest)


@pytest.mark.long
@pytest.mark.parametrize(
    ("urls", "growth"),
    [
        pytest.param(100, 16 * MIB, id="100 URLs"),
        pytest.param(10_000, 32 * MIB, id="10,000 URLs", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
async def test_memory_holds_steady(bench: Bench, urls: int, growth: int) -> None:
    """growth: bytes, from the first third of the pass (everything is loaded and warm) to its end."""
    await bench.enroll(PHOTOS[:3])
    pages = urls // (PER_PAGE + 1)
    site = LongForum(bench.clock, pages)
    bench.site = site  # type: ignore[assignment]  # a fetcher like it
    watch = replace(
        FORUM,
        follow=Follow(links="a.next", depth=pages + 1, max_pages=pages),
        images=ImageRules(max_images=urls),
    )
    report = await bench.run(watch)
    assert (report.pages, report.images) == (pages, pages * PER_PAGE)
    assert report.status is RunStatus.OK
    third = len(site.resident) // 3
    assert max(site.resident[third:]) - max(site.resident[:third]) < growth
