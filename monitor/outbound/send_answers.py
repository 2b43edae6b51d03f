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
from requests.adapters import HTTPAdapter

MOST_BYTES = 256 * 1024
SAID_NO = 502  # what a plugin is told instead of the 200: its own way of noting a failure


@dataclass(frozen=True, slots=True)
class Body:
    """field: the way to it in the JSON (numbers: places in a list). taken: what it holds when the message was taken.
    source: where the service says so."""

    field: tuple[str | int, ...]
    taken: tuple[object, ...]
    source: str


BODIES: Mapping[str, Body] = {}


def failure_in(scheme: str, body: bytes) -> str:
    """'' or that the body says no. A body of another shape than documented proves nothing."""
    rule = BODIES.get(scheme)
    if rule is None:
        return ""
    try:
        found: Any = json.loads(body[:MOST_BYTES])
        for step in rule.field:
            found = found[step]
    except (ValueError, LookupError, TypeError):
        return ""
    if isinstance(found, dict | list | float) or found is None:
        return ""
    if any(found is one if isinstance(one, bool) else found == one and type(found) is type(one) for one in rule.taken):
        return ""
    return f"it answered 200, but its answer says that it failed ({str(found)[:40]})"


class Answers:
    """Listens to what the plugins' one HTTP library gets, while it is open. asked: a request went out. unsure: one may
    have arrived without its answer. failure: what a body said."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self.asked = self.unsure = False
        self.failure = ""

    def __enter__(self) -> Answers:
        self._real = real = HTTPAdapter.send

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **more: Any) -> requests.Response:
            self.asked = True
            try:
                response = real(adapter, request, **more)
                if response.ok and self._scheme in BODIES:
                    failure = failure_in(self._scheme, response.content)
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


def _never_sent(error: requests.ConnectionError) -> bool:
    """The connection itself did not come about."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.SSLError):
        return True
    words = repr(error)
    return "NewConnectionError" in words or "NameResolutionError" in words
