"""What a push service really answered: some say that it failed in the body of a 200.

Only where the service documents such bodies and Apprise looks at the status alone. A row says where the field is and
what it holds when the message was taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from apprise.plugins.base import NotifyBase
from requests.adapters import HTTPAdapter

ALERT_ANSWER_BYTES = 256 * 1024
AGENT = "Monitor"  # where nothing else is left of a name
SAID_NO = 502  # what a plugin is told instead of the 200: its own way of noting a failure


@dataclass(frozen=True, slots=True)
class Body:
    """field: the way to it in the JSON (numbers: places in a list). taken: what it holds when the message was taken.
    source: where the service says so."""

    field: tuple[str | int, ...]
    taken: tuple[object, ...]
    source: str


_DINGTALK = Body(("errcode",), (0,), "open.dingtalk.com, custom robots: 310000 and others come with 200")
_WECOM = Body(("errcode",), (0,), "developer.work.weixin.qq.com/document/path/90313, global error codes")
_LARK = Body(("code",), (0,), "open.feishu.cn, custom bots: 19001, 19024 and others come with 200")
_SERVERCHAN = Body(("code",), (0,), "github.com/easychen/serverchan-sdk: code 0 is right")
_SYNOLOGY = Body(("success",), (True,), "Synology Chat's incoming webhook; home-assistant/core issue 44832")
_VONAGE = Body(
    ("messages", 0, "status"), ("0",), "developer.vonage.com, Troubleshooting SMS: not zero means that it went wrong"
)

BODIES: Mapping[str, Body] = {
    "dingtalk": _DINGTALK,
    "wecombot": _WECOM,
    "feishu": _LARK,
    "lark": _LARK,
    "schan": _SERVERCHAN,
    "synology": _SYNOLOGY,
    "synologys": _SYNOLOGY,
    "vonage": _VONAGE,
    "nexmo": _VONAGE,
}
"""By Apprise's schemes. Left out, because Apprise itself looks at their bodies (as of 2.2.0): Slack, Telegram,
Pushplus, WxPusher, Pushsafer, SimplePush, VoIP.ms, Kavenegar, Pushy."""


def rule_for(plugin: NotifyBase) -> Body | None:
    """By the schemes of the plugin, for Apprise also reads a service's own https address."""
    named: list[Any] = [plugin.protocol, plugin.secure_protocol]
    for schemes in named:
        for scheme in [schemes] if isinstance(schemes, str) else schemes or ():
            if scheme in BODIES:
                return BODIES[scheme]
    return None


def failure_in(rule: Body, body: bytes) -> str:
    """'' or that the body says no. A body of another shape than documented proves nothing."""
    try:
        found: Any = json.loads(body[:ALERT_ANSWER_BYTES])
        for step in rule.field:
            found = found[step]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    if isinstance(found, dict | list | float) or found is None:
        return ""
    if any(found is one if isinstance(one, bool) else found == one and type(found) is type(one) for one in rule.taken):
        return ""
    return f"it answered 200, but its answer says that it failed ({str(found)[:40]})"


class Answers:
    """Listens to what the plugins' one HTTP library gets, while it is open. asked: a request went out. unsure: one may
    have arrived without its answer. failure: what a body said."""

    def __init__(self, rule: Body | None) -> None:
        self._rule = rule
        self.asked = self.unsure = False
        self.failure = ""

    def __enter__(self) -> Answers:
        self._real = real = HTTPAdapter.send

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **more: Any) -> requests.Response:
            self.asked = True
            _ascii_agent(request)
            try:
                response = real(adapter, request, **more)
                if response.ok and self._rule is not None:
                    failure = failure_in(self._rule, response.content)
                    if failure:
                        self.failure, response.status_code = failure, SAID_NO
            except requests.ConnectionError as error:
                self.unsure = self.unsure or not _never_sent(error)
                raise
            except (requests.RequestException, OSError):
                self.unsure = True
                raise
            return response

        HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        HTTPAdapter.send = self._real  # type: ignore[method-assign]


def _ascii_agent(request: requests.PreparedRequest) -> None:
    """The name that the person chose for messages is the User-Agent of some plugins; no header can have all of it."""
    agent = request.headers.get("User-Agent", "")
    if isinstance(agent, str) and not agent.isascii():
        request.headers["User-Agent"] = agent.encode("ascii", "ignore").decode().strip() or AGENT


def _never_sent(error: requests.ConnectionError) -> bool:
    """The connection itself did not come about."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.SSLError):
        return True
    words = repr(error)
    return "NewConnectionError" in words or "NameResolutionError" in words
