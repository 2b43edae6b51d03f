"""Who may ask at all: judged by the head of a request alone, before any route, session or store is looked at.

Whatever is refused here gets one line, the same for everybody: nothing tells what this page is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

FROM_ELSEWHERE = "/enter"
"""Where people come from outside: by a link, or by the file of `--open`."""

REFUSED_LINE = b"Refused.\n"
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What browsers say of a request, in small letters; '' where it is not said. host: '' too where there are two."""

    method: str
    path: str
    host: str
    origin: str = ""
    site: str = ""
    mode: str = ""


def is_let_through(head: RequestHead, hosts: frozenset[str], *, by_links: bool = False) -> bool:
    """hosts: as the Host header spells the page's own, port included, and no other spelling. by_links: people may come
    to any page from outside, as from a log-in that stands before it.

    With `no-referrer`, which every page says, a browser sends `Origin: null` with its forms: that is taken where
    `Sec-Fetch-Site`, which no page can set, says that the form was ours."""
    if head.host not in hosts or not head.path.startswith("/"):
        return False
    if head.method not in _READS | {"POST"}:
        return False
    # By a link in a mail, or from the file of `--open`: what it brings is judged where it arrives.
    if head.path == FROM_ELSEWHERE or head.path.startswith(f"{FROM_ELSEWHERE}/"):
        return head.method == "POST" or head.mode in ("", "navigate")
    if head.site not in ("", "none", "same-origin"):
        return by_links and head.method == "GET" and head.mode == "navigate" and not head.origin
    own = frozenset(f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts)
    if head.method in _READS:
        return head.origin in own | {""} or _is_unnamed(head)
    return head.site != "none" and (head.origin in own or _is_unnamed(head))


def _is_unnamed(head: RequestHead) -> bool:
    return head.origin == "null" and head.site == "same-origin"


def request_head(scope: Scope) -> RequestHead:
    named: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        named.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return RequestHead(
        method=scope["method"],
        path=scope["path"] if raw_path.startswith(b"/") else "",  # else a proxy's form, `GET http://...`
        host=_only(named, "host"),
        origin=_only(named, "origin"),
        site=_only(named, "sec-fetch-site"),
        mode=_only(named, "sec-fetch-mode"),
    )


def _only(named: Mapping[str, list[str]], name: str) -> str:
    """Said twice is said by somebody who hopes that we read the one and somebody else the other."""
    found = named.get(name, [])
    return found[0] if len(found) == 1 else "twice" if found else ""


def gated(inner: ASGIApp, hosts: frozenset[str], *, by_links: bool = False) -> ASGIApp:
    async def judged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if is_let_through(request_head(scope), hosts, by_links=by_links):
            await inner(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(REFUSED_LINE)).encode()),
        ]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else REFUSED_LINE})

    return judged
