"""ntfy, by a fake that keeps what ntfy's own pages promise: docs.ntfy.sh/publish, "Publish as JSON" and "Limitations",
and the errors of its server (`{"code", "http", "error", "link"}`)."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from monitor.model.alert import Delivery
from monitor.services.alerts import try_channels
from tests.alerts.alert_bench import Bench, bench
from tests.alerts.alert_helpers import NOW, settings
from tests.own_ways import local_own
from tests.serving.web import answering

__all__ = ["bench"]

TOPIC = "m-0123456789abcdef"
MOST_BYTES = 4096  # of a message; what is larger becomes an attachment
FAULTS = {
    "too many": (429, 42901, "limit reached: too many requests, please be nice"),
    "of the day": (429, 42908, "limit reached: too many messages"),
    "forbidden": (403, 40301, "forbidden"),
    "unauthorized": (401, 40101, "unauthorized"),
    "of its own": (500, 50001, "internal server error"),
}


@dataclass
class Ntfy:
    """fault: what it answers instead of taking a message. messages: as subscribers get them."""

    port: int = 0
    login: tuple[str, str] | None = None
    fault: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    pictures: int = 0

    def url(self, login: str = "") -> str:
        return f"ntfy://{login}127.0.0.1:{self.port}/{TOPIC}"

    async def publish(self, request: web.Request) -> web.StreamResponse:
        self.agents.append(request.headers.get("User-Agent", ""))
        given = request.headers.get("Authorization", "")
        if self.login and given != f"Basic {base64.b64encode(':'.join(self.login).encode()).decode()}":
            return self._no("unauthorized" if not given else "forbidden")
        if self.fault:
            return self._no(self.fault)
        try:
            sent = await request.json()
            topic, text = sent["topic"], sent.get("message", "triggered")
        except (ValueError, KeyError, TypeError):
            return web.json_response({"code": 40017, "http": 400, "error": "invalid request"}, status=400)
        assert request.path == "/" and request.method in ("POST", "PUT"), "JSON goes to the root"
        assert len(text.encode()) <= MOST_BYTES
        self.pictures += any(name in sent for name in ("attach", "icon", "click", "actions"))
        self.messages.append({"event": "message", "topic": topic, "title": sent.get("title"), "message": text})
        kept = {"id": f"id{len(self.messages)}", "time": 1764000000, "expires": 1764043200}
        return web.json_response(kept | self.messages[-1])

    def _no(self, fault: str) -> web.Response:
        http, code, error = FAULTS[fault]
        return web.json_response(
            {"code": code, "http": http, "error": error, "link": "https://ntfy.sh/docs"}, status=http
        )


@contextlib.asynccontextmanager
async def ntfy(**how: Any) -> AsyncIterator[Ntfy]:
    fake = Ntfy(**how)
    async with answering(fake.publish) as fake.port:
        yield fake


async def test_a_message_is_one_push_that_tells_nothing(bench: Callable[..., Bench]) -> None:
    async with ntfy() as fake:
        case = bench(fake.url(), sender_name="Garden club", product_name="Garden")
        made = case.find()
        await case.send()
        assert case.alert(made).delivery is Delivery.SENT
        (push,) = fake.messages
        assert push["topic"] == TOPIC and push["title"].startswith("Garden: 1 new entry, ")
        assert "There is 1 new entry in your list." in push["message"] and not fake.pictures
        assert fake.agents == ["Garden"], "the program's name is in no header"


@pytest.mark.rows(1)
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_it_refuses_is_kept_and_tried_again(bench: Callable[..., Bench], fault: str) -> None:
    async with ntfy(fault=fault) as fake:
        case = bench(fake.url())
        made = case.find()
        await case.send()
        after = case.alert(made)
        assert after.delivery is Delivery.WAITING and str(FAULTS[fault][1]) in after.last_error
        assert TOPIC not in after.last_error, "whoever knows the topic can read along"
        (health,) = case.store.channel_health.all()
        assert health.fails and TOPIC not in health.said
        fake.fault = ""
        await case.until(NOW + timedelta(hours=2), step=timedelta(minutes=30))
        assert case.alert(made).delivery is Delivery.SENT and len(fake.messages) == 1
        (health,) = case.store.channel_health.all()
        assert not health.fails


@pytest.mark.rows(1)
@pytest.mark.parametrize(("login", "taken"), [("anna:right@", True), ("anna:wrong@", False), ("", False)])
async def test_a_server_of_ones_own_asks_for_a_log_in(login: str, taken: bool) -> None:
    async with ntfy(login=("anna", "right")) as fake, local_own() as own:
        (result,) = await try_channels(settings(fake.url(login)), own, NOW)
        assert result.taken is taken and "wrong" not in result.error
        assert [push["title"] for push in fake.messages] == ["Monitor: test"] * taken
