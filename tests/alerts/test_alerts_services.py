"""The services that `alerts add` offers, as a real HTTP server of each kind hears them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from monitor.alerts.presets import push_services, push_url
from monitor.outbound.alerts import open_channel
from tests.alerts.alert_helpers import endpoint, settings
from tests.serving.web import answering


@dataclass
class Heard:
    """(method, path, authorization, body) of every request."""

    asked: list[tuple[str, str, str, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path, request.headers.get("Authorization", ""), body))
        return web.json_response(
            {"room_id": "!abc:home.test", "user_id": "@watch:home.test", "event_id": "$1", "versions": ["v1.11"]}
        )


async def test_each_service_gets_the_words_where_it_wants_them() -> None:
    heard = Heard()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", heard.take)
    async with answering(app) as port:
        here = f"http://127.0.0.1:{port}"
        answers = {
            "ntfy": {"server": here, "topic": "m-abc123"},
            "signal": {"server": here, "sender": "+4915112345678", "to": "+4915112345679"},
            "matrix": {"server": here, "room": "!abc:home.test", "token": "syt_token_of_mine"},
            "home-assistant": {"server": here, "token": "a.long-lived.token", "device": "mobile_app_phone"},
        }
        urls = [push_url(one, answers[one.id]) for one in push_services() if one.id in answers]
        channel = open_channel(settings(*urls))
        try:
            results = await channel.test(title="Monitor: test", text="It is a test.", html="", message_id="<1@l>")
        finally:
            await channel.aclose()
    assert [(one.taken, one.error) for one in results] == [(True, "")] * 4
    by_path = {path: (method, login, body) for method, path, login, body in heard.asked}
    assert by_path["/"][2] == {"topic": "m-abc123", "title": "Monitor: test", "message": "It is a test."}
    assert by_path["/v2/send"][2]["recipients"] == ["+4915112345679"]
    assert by_path["/v2/send"][2]["number"] == "+4915112345678" and "It is a test." in by_path["/v2/send"][2]["message"]
    _, login, body = by_path["/api/services/notify/mobile_app_phone"]
    assert login == "Bearer a.long-lived.token" and body["message"] == "It is a test."
    ((login, body),) = [(login, body) for path, (_, login, body) in by_path.items() if "/send/m.room.message/" in path]
    assert login == "Bearer syt_token_of_mine" and "It is a test." in body["body"]


async def test_a_name_that_no_header_can_have_is_no_reason_to_tell_nobody() -> None:
    """The product's name is the User-Agent of some services."""
    async with endpoint() as hook:
        channel = open_channel(settings(hook.url(), product_name="Монитор"))
        try:
            (result,) = await channel.test(title="Монитор: test", text="x", html="", message_id="<1@l>")
        finally:
            await channel.aclose()
        assert (result.taken, result.error) == (True, "")
        assert hook.bodies[0]["title"] == "Монитор: test" and hook.agents[0].isascii()
