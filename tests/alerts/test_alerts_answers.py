"""A push service that says no in the body of a 200; several targets of one URL, of which one fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from monitor.model.alert import Delivery
from monitor.outbound.alerts.answers import BODIES, failure_in
from tests.alerts.alert_bench import Bench, bench
from tests.alerts.alert_helpers import NOW
from tests.serving.web import answering

__all__ = ["bench"]


@pytest.mark.parametrize(
    ("scheme", "body", "taken"),
    [
        pytest.param("dingtalk", {"errcode": 0, "errmsg": "ok"}, True, id="dingtalk: yes"),
        pytest.param("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, False, id="dingtalk: no"),
        pytest.param("wecombot", {"errcode": 0}, True, id="wecom: yes"),
        pytest.param("wecombot", {"errcode": 45009}, False, id="wecom: no"),
        pytest.param("feishu", {"code": 0, "msg": "success"}, True, id="feishu: yes"),
        pytest.param("feishu", {"StatusCode": 0}, True, id="feishu: the older form proves nothing"),
        pytest.param("lark", {"code": 19024, "msg": "Key Words Not Found"}, False, id="lark: no"),
        pytest.param("schan", {"code": 0}, True, id="serverchan: yes"),
        pytest.param("schan", {"code": 40001}, False, id="serverchan: no"),
        pytest.param("synology", {"success": True}, True, id="synology: yes"),
        pytest.param("synology", {"success": False, "error": {"code": 120}}, False, id="synology: no"),
        pytest.param("synology", {"success": 1}, False, id="synology: not as documented, and not yes"),
        pytest.param("vonage", {"messages": [{"status": "0"}]}, True, id="vonage: yes"),
        pytest.param("vonage", {"messages": [{"status": "9"}]}, False, id="vonage: no"),
        pytest.param("vonage", {"messages": []}, True, id="vonage: no message at all proves nothing"),
        pytest.param("dingtalk", [], True, id="a list"),
        pytest.param("dingtalk", {"errcode": None}, True, id="null"),
        pytest.param("dingtalk", {"errcode": {"a": 1}}, True, id="an object"),
    ],
)
def test_what_a_body_says(scheme: str, body: object, taken: bool) -> None:
    assert (failure_in(BODIES[scheme], json.dumps(body).encode()) == "") is taken


@pytest.mark.parametrize("untrusted", [b"", b"ok", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"errcode": 1e999}'])
def test_a_body_that_is_no_such_json_proves_nothing(untrusted: bytes) -> None:
    assert all(failure_in(rule, untrusted) == "" for rule in BODIES.values())


async def test_a_200_that_says_no_is_not_taken(bench: Callable[..., Bench]) -> None:
    said = {"success": False, "error": {"code": 120}}

    async def take(request: web.Request) -> web.Response:
        return web.json_response(said)

    async with answering(take) as port:
        case = bench(f"synology://127.0.0.1:{port}/TOPSECRET")
        made = case.find()
        await case.send()
        assert case.alert(made).delivery is Delivery.WAITING
        assert "answered 200, but its answer says that it failed (False)" in case.alert(made).last_error
        assert "TOPSECRET" not in case.alert(made).last_error
        said.clear()
        said["success"] = True
        await case.until(NOW + timedelta(hours=2))
        assert case.alert(made).delivery is Delivery.SENT


async def test_of_several_targets_only_those_that_failed_are_asked_again(bench: Callable[..., Bench]) -> None:
    took: list[str] = []
    broken = [True]

    async with service_of_topics(took, broken) as port:
        case = bench(f"ntfy://127.0.0.1:{port}/one/two/three")
        made = case.find()
        await case.send()
        assert sorted(took) == ["one", "three"] and case.alert(made).delivery is Delivery.PARTLY
        await case.until(NOW + timedelta(hours=1))
        broken.clear()
        await case.until(NOW + timedelta(hours=4))
        assert sorted(took) == ["one", "three", "two"] and case.alert(made).delivery is Delivery.SENT


@contextlib.asynccontextmanager
async def service_of_topics(took: list[str], broken: list[bool]) -> AsyncIterator[int]:
    async def take(request: web.Request) -> web.Response:
        topic = (await request.json())["topic"]
        if broken and topic == "two":
            return web.json_response({"code": 50001}, status=500)
        took.append(topic)
        return web.json_response({"id": "x"})

    async with answering(take) as port:
        yield port


async def test_a_push_service_that_is_slow_is_waited_for(bench: Callable[..., Bench]) -> None:
    """Apprise's own limit is four seconds."""
    asked: list[str] = []

    async def take(request: web.Request) -> web.Response:
        asked.append(request.path)
        await asyncio.sleep(5)
        return web.Response()

    async with answering(take) as port:
        case = bench(f"json://127.0.0.1:{port}/hook")
        made = case.find()
        await case.until(NOW + timedelta(hours=3))
        assert case.alert(made).delivery is Delivery.SENT and len(asked) == 1
