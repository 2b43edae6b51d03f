"""robots.txt in a confined worker, beside the pages."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from monitor.model.page import ParseJob, Parser
from monitor.model.robots import MAX_PATTERN_CHARS, RobotsRules
from monitor.reader import messages, pool
from monitor.reader.messages import BadAnswer, Job
from monitor.reader.pool import ReaderPool, page_plan
from tests.reader import planted_worker

NONCE = b"12345678"


async def test_one_worker_reads_rules_and_pages() -> None:
    async with ReaderPool(pages=replace(page_plan(), workers=1)) as reader:
        text = b"User-agent: *\nDisallow: /private\nAllow: /%70rivate/\xc3\xa4$\nCrawl-delay: 7"
        assert await reader.robots(text) == RobotsRules(("/private/%C3%A4$",), ("/private",), 7.0)
        content = await reader.page(ParseJob("html", "http://a.example/"), b"<title>x</title>")
        assert content.title == "x"
        assert await reader.robots(os.urandom(100_000)) == RobotsRules()
        assert len(reader.pids) == 1


async def test_a_file_that_kills_its_worker_costs_that_file() -> None:
    plan = replace(page_plan(), workers=1, module=planted_worker.__name__, cpu_s=1, wall_s=30)
    async with ReaderPool(pages=plan) as reader:
        assert await reader.robots(b"die") is None
        assert await reader.robots(b"lie") is None
        assert await reader.robots(b"well") == RobotsRules(disallow=("/",))


@pytest.mark.parametrize(
    ("allow", "disallow", "delay"),
    [
        pytest.param(("a",), (), None, id="a pattern of no path"),
        pytest.param(("/" * (MAX_PATTERN_CHARS + 1),), (), None, id="too long"),
        pytest.param((), ("/",) * 50_001, None, id="too many"),
        pytest.param(("/",) * 30_000, ("/",) * 30_000, None, id="too many together"),
        pytest.param((), ("/*" + "a" * 2000,) * 33, None, id="too much with wildcards"),
        pytest.param((), (), -1.0, id="a negative delay"),
        pytest.param((), (), float("inf"), id="a delay without end"),
    ],
)
def test_an_answer_outside_its_limits(allow: tuple[str, ...], disallow: tuple[str, ...], delay: float | None) -> None:
    packed = messages.pack_message(messages.RobotsAnswer(NONCE, allow, disallow, delay))
    with pytest.raises(BadAnswer):
        pool._rules(messages.unpack_answer(packed))


def test_a_page_is_no_answer_to_a_robots_txt() -> None:
    answer = planted_worker.MISDEEDS["well"](
        Job(NONCE, 0, messages.PageTask(ParseJob(Parser.HTML, "http://a.example/"))), b""
    )
    with pytest.raises(BadAnswer):
        pool._rules(answer)
