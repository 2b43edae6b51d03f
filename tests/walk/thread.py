"""A thread of a forum: words, somebody's picture, and a copy of a photo of hers."""

from __future__ import annotations

from collections.abc import Mapping

from tests.serving.web import Quiet

PATH = "/threads/123"


class Thread(Quiet):
    """pictures: path -> JPEG, in the thread's order. Set before it serves."""

    pictures: Mapping[str, bytes] = {}

    def do_GET(self) -> None:
        if self.path in self.pictures:
            self.send(200, {"Content-Type": "image/jpeg"}, self.pictures[self.path])
        elif self.path == PATH:
            shown = "".join(f"<article><p>Words about it.</p><img src={path}></article>" for path in self.pictures)
            self.send(200, {"Content-Type": "text/html"}, f"<title>A thread</title>{shown}".encode())
        else:
            self.send(404, {"Content-Type": "text/plain"}, b"not here")
