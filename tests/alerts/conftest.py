"""With ALERTS_APART set, every channel that a test opens has its sender behind a link to the fetcher's side."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager

import pytest

from monitor.outbound.alerts import pool
from monitor.outbound.alerts.senders import SenderTalk
from monitor.outbound.fetcher_part import opened_fetcher
from monitor.outbound.own_link import LinkSenders
from monitor.parts.link import Link
from monitor.parts.messages.fetching import FetcherSetup
from monitor.parts.messages.own import SendJob
from monitor.parts.serving import serve_part
from monitor.parts.starting import ProgramPart
from tests.parts.in_loop import PartsInLoop


class PoolApart:
    """Stands for `Pool`: the fetcher's side is a task of the same loop."""

    def __init__(self) -> None:
        fetcher = ProgramPart.FETCHER
        self._parts = PartsInLoop(lambda pipe: serve_part(pipe, fetcher, FetcherSetup, opened_fetcher))
        self._link = Link(self._parts, fetcher, FetcherSetup)

    def talk(self, job: SendJob) -> AbstractAsyncContextManager[SenderTalk]:
        return LinkSenders(self._link).talk(job)

    async def aclose(self) -> None:
        await self._link.aclose()
        await self._parts.aclose()


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    if "ALERTS_APART" in os.environ:
        monkeypatch.setattr(pool, "Pool", PoolApart)
