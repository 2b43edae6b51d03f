"""The same catalogue in front of Chromium, and the pages that only a browser minds. Each table is walked several rows
at a time over one browser, with an ordinary page beside them: what fails is named in what is left over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from monitor.model.page import OutcomeKind as K
from monitor.outbound.browser.finding import find_chromium
from tests.hostile import hostile_pages
from tests.hostile.hostile_browser import Looks, fetcher, fetcher_apart, walk
from tests.hostile.hostile_catalogue import ROWS
from tests.hostile.hostile_rows import BAD_LOCATIONS, INSIDE_HOSTS, Row
from tests.hostile.hostile_site import Names, to

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine"),
]

NOWHERE = tuple(kind for kind in K if kind not in (K.OK, K.NOT_MODIFIED))
WAITS = [case for case in ROWS if K.TIMEOUT in (case.browser or case.kinds)]
ANSWERS = [case for case in ROWS if case not in WAITS]
TELLING = [case for case in ANSWERS if case.browser is not None]  # where a browser sees it differently
INSIDE = [
    Row(f"to {host}", to(f"http://{host}:{{port}}/"), NOWHERE) for host in (*INSIDE_HOSTS, "inside.test", "mixed.test")
]
# a browser leaves the name out, and goes there
ASTRAY = [Row(f"to {at[:60]}", to(at), NOWHERE) for at in BAD_LOCATIONS if "user@good.test:{port}/fine" not in at]


@pytest_asyncio.fixture(
    loop_scope="module", scope="module", params=["apart", pytest.param("here", marks=pytest.mark.long)]
)
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Looks]:
    """In a process of its own; in this one too, in long runs."""
    names = Names(inside=[["127.0.0.2"]], mixed=[["127.0.0.1", "127.0.0.2"]])
    made = fetcher_apart(names) if request.param == "apart" else fetcher(names)
    yield made
    await made.aclose()


def tables(quick: Sequence[Row], every: Sequence[Row]) -> list[object]:
    """A visit takes half a second of computing: the suite takes some of them, `make test-long` all."""
    return [pytest.param(quick, id="some"), pytest.param(every, id="all", marks=pytest.mark.long)]


@pytest.mark.parametrize("rows", tables(TELLING[::12], ANSWERS))
async def test_answers(rows: Sequence[Row], browser: Looks) -> None:
    assert await walk(browser, rows, 30) == {}


@pytest.mark.parametrize("rows", tables(WAITS[::11], WAITS))
async def test_answers_that_are_waited_for(rows: Sequence[Row], browser: Looks) -> None:
    assert await walk(browser, rows, 6) == {}


@pytest.mark.parametrize("rows", tables([*INSIDE[::64], *INSIDE[-2:], *ASTRAY[::16]], [*INSIDE, *ASTRAY]))
async def test_redirects_to_where_nobody_goes(rows: Sequence[Row], browser: Looks) -> None:
    assert await walk(browser, rows, 30) == {}


@pytest.mark.parametrize("part", [1, *(pytest.param(part, marks=pytest.mark.long) for part in (0, *range(2, 10)))])
async def test_pages(part: int, browser: Looks) -> None:
    assert await walk(browser, hostile_pages.ROWS[part::10], 30) == {}


@pytest.mark.long
@pytest.mark.parametrize("rows", tables(hostile_pages.HEAVY[-4:-2], hostile_pages.HEAVY))
async def test_pages_that_take_all_they_can_get(rows: Sequence[Row], browser: Looks) -> None:
    """Also those that fell the browser: an ordinary page beside them is looked at again, alone."""
    assert await walk(browser, rows, 8) == {}
