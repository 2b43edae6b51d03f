"""Between `review` as it is typed and the part that shows the page. What browsers say crosses as bytes, on lines of
their own, and is no message."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from monitor.parts.messages import PartMessage

_Place = Annotated[str, Meta(max_length=4096)]
_Told = Annotated[str, Meta(max_length=4096)]


class ReviewSetup(PartMessage, frozen=True):
    """config: where the configuration lies that the page goes by."""

    config: _Place


class PageOpening(PartMessage, frozen=True):
    """host: as browsers spell it. Nothing else is answered there. person: who typed the command, as staff are named."""

    host: Annotated[str, Meta(max_length=300)]
    person: Annotated[str, Meta(max_length=300)] = ""


class LinkAsked(PartMessage, frozen=True):
    """Another one, which ends those before it."""


class BrowserCame(PartMessage, frozen=True):
    """With the line that its bytes come by. is_stranger: of another account of this machine: it is refused unread."""

    is_stranger: bool


class LinkGiven(PartMessage, frozen=True):
    link: Annotated[str, Meta(max_length=100)]


class PageTrouble(PartMessage, frozen=True):
    """Why the store cannot be opened, as the page says it too."""

    most = 64 * 1024

    what: _Told
    remedy: _Told
