"""Stand-ins for places that want an account. They keep the real ones' promises: a wrong password is refused, tokens run
out, a header or a form that is demanded is demanded, lists go on by cursor. What they answer is shaped like atproto's
lexicons, like what Reddit's wiki says of its API and like what its listings are known to hold."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.sources.loopback import Answer, Asked

PNG = b"\x89PNG\r\n\x1a\n picture"
PER_PAGE = 2


@dataclass
class Bluesky:
    """posts: what a search finds, newest first. good: tokens that still serve."""

    posts: list[dict[str, object]]
    password: str = "abcd-efgh-ijkl-mnop"
    good: set[str] = field(default_factory=set)
    signed_in: int = 0
    refused: int = 0
    down: int = 0  # a status that sign-ins get instead
    deaf: bool = False  # takes no token, however fresh

    def __call__(self, asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "POST", "/xrpc/com.atproto.server.createSession":
                return self._session(asked)
            case "GET", "/xrpc/app.bsky.feed.searchPosts":
                return self._search(asked)
            case "GET", path if path.startswith("/img/"):
                return Answer(PNG, headers={"Content-Type": "image/png"})
        return Answer({"error": "MethodNotImplemented"}, 501)

    def _session(self, asked: Asked) -> Answer:
        if self.down:
            return Answer({"error": "RateLimitExceeded"}, self.down, {"RateLimit-Reset": "1795385100"})
        given = json.loads(asked.body) if asked.headers.get("content-type") == "application/json" else {}
        if given != {"identifier": "ann.example", "password": self.password}:
            self.refused += 1
            return Answer({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)
        self.signed_in += 1
        token = f"eyJ0.access{self.signed_in}.x-_"
        self.good = {token}
        return Answer({"accessJwt": token, "refreshJwt": "eyJ0.refresh", "handle": "ann.example", "did": "did:plc:a"})

    def _search(self, asked: Asked) -> Answer:
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            return Answer({"error": "AuthMissing", "message": "Authentication Required"}, 401)
        if token not in self.good or self.deaf:
            return Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        query = asked.query
        if not query.get("q") or not 1 <= int(query.get("limit", "25")) <= 100 or query.get("sort") != "latest":
            return Answer({"error": "InvalidRequest"}, 400)
        start = int(query.get("cursor", "0"))
        found = {"posts": self.posts[start : start + PER_PAGE]}
        more = {"cursor": str(start + PER_PAGE)} if start + PER_PAGE < len(self.posts) else {}
        return Answer({**found, **more})


def bluesky_post(number: int, image: str) -> dict[str, object]:
    images = [{"thumb": f"{image}?thumb", "fullsize": image, "alt": ""}]
    return {
        "uri": f"at://did:plc:a/app.bsky.feed.post/3k{number}",
        "author": {"did": "did:plc:a", "handle": "poster.example"},
        "record": {"text": f"number {number}", "createdAt": "2026-11-01T10:00:00Z"},
        "embed": {"$type": "app.bsky.embed.images#view", "images": images},
        "indexedAt": "2026-11-01T10:00:01Z",
    }


@dataclass
class Reddit:
    """posts: the `data` of each, newest first."""

    posts: list[dict[str, object]]
    secret: str = "reddit-s3cr3t"
    good: set[str] = field(default_factory=set)
    signed_in: int = 0
    refused: int = 0

    def __call__(self, asked: Asked) -> Answer:
        agent = asked.headers.get("user-agent", "")
        if asked.path.startswith("/img/"):
            return Answer(PNG, headers={"Content-Type": "image/png"})
        if not re.fullmatch(r"[a-z]+:[\w.-]+:v[\d.]+ \(by /u/[\w-]+\)", agent):
            return Answer("<html>whoa there, pardner!</html>", 429)  # browsers' and libraries' names are throttled
        if asked.path == "/api/v1/access_token":
            return self._token(asked)
        if asked.headers.get("authorization", "").partition(" ")[2] not in self.good:
            return Answer({"message": "Unauthorized", "error": 401}, 401)
        if asked.path != "/r/pics/new" or asked.query.get("raw_json") != "1":
            return Answer({"message": "Not Found", "error": 404}, 404)
        names = [str(post["name"]) for post in self.posts]
        after = asked.query.get("after")
        start = names.index(after) + 1 if after else 0
        shown = self.posts[start : start + PER_PAGE]
        more = names[start + PER_PAGE - 1] if start + PER_PAGE < len(names) else None
        listed = {"after": more, "before": None, "children": children(shown)}
        return Answer({"kind": "Listing", "data": listed})

    def _token(self, asked: Asked) -> Answer:
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or b64decode(given) != f"AbC-1:{self.secret}".encode():
            self.refused += 1
            return Answer({"message": "Unauthorized", "error": 401}, 401)
        if asked.method != "POST" or asked.body != b"grant_type=client_credentials":
            return Answer({"error": "unsupported_grant_type"})
        self.signed_in += 1
        self.good = {f"eyJreddit{self.signed_in}"}
        token = next(iter(self.good))
        return Answer({"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": "*"})


def children(posts: Sequence[dict[str, object]] | None = None) -> list[dict[str, object]]:
    return [{"kind": "t3", "data": post} for post in (reddit_posts("https://i.example") if posts is None else posts)]


def reddit_posts(base: str) -> list[dict[str, object]]:
    """A picture, a gallery, something passed on, and a link elsewhere."""

    def sizes(name: str) -> dict[str, object]:
        source = {"url": f"{base}/img/{name}-source.png?s=1&v=2", "width": 900, "height": 900}
        small = {"url": f"{base}/img/{name}-small.png?width=108&s=3", "width": 108, "height": 108}
        return {
            "source": source,
            "resolutions": [small],
            "variants": {"nsfw": {"source": {"url": "https://blur.example"}}},
        }

    def post(name: str, **more: object) -> dict[str, object]:
        said = {
            "author": "poster",
            "permalink": f"/r/pics/comments/{name}/x/",
            "created_utc": 1793527200.0,
            "title": name,
        }
        return {"name": f"t3_{name}", **said, **more}

    single = {"url_overridden_by_dest": f"{base}/img/one.png", "post_hint": "image", "over_18": True}
    media = {
        name: {"status": "valid", "m": "image/png", "s": {"u": f"{base}/img/{name}.png?s=1"}, "p": []}
        for name in ("b", "a")
    }
    gallery = {
        "is_gallery": True,
        "media_metadata": media,
        "gallery_data": {"items": [{"media_id": "a"}, {"media_id": "b"}]},
    }
    return [
        post("one", **single, preview={"images": [sizes("one")]}, thumbnail="nsfw"),
        post("two", **gallery),
        post("three", crosspost_parent_list=[post("far", url_overridden_by_dest=f"{base}/img/far.png")]),
        post("four", url_overridden_by_dest="https://elsewhere.example/album/1", thumbnail=f"{base}/img/thumb.png"),
    ]


@dataclass
class Mojeek:
    """moved: where searches are sent on to, the key with them, as some servers do."""

    key: str = "m0jeek+s3cr3t/"
    moved: str = ""

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/page":
            return Answer("<img src=/img/1.png>")
        if asked.path == "/moved":
            return Answer({"response": {"status": "OK", "results": []}})
        if asked.query.get("api_key") != self.key:
            return Answer({"response": {"status": "ERROR: Invalid API key"}}, 403)
        if self.moved:
            key = asked.target.partition("api_key=")[2]
            return Answer(b"", 302, {"Location": self.moved.replace("KEY", key), "X-Asked": asked.target})
        results = [{"url": f"http://{asked.headers['host']}/page", "title": asked.target}]
        return Answer({"response": {"status": "OK", "head": {"asked": self.key}, "results": results}})
