"""One page load in a browser as plain values: what it is given, and what comes of it. They may cross to a process of
its own, so nothing in them is open, and no store stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from monitor.model.page import Fetched, Purpose
from monitor.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserLimits:
    """Of the settings what a browser goes by. browser_path: as `[crawl] browser_path`."""

    browser_path: str = ""
    user_agent: str
    timeout_s: float
    max_page_bytes: int
    max_image_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        network = settings.network
        return cls(
            browser_path=settings.crawl.browser_path,
            user_agent=network.user_agent,
            timeout_s=network.timeout_s,
            max_page_bytes=network.max_page_bytes,
            max_image_bytes=network.max_image_bytes,
        )

    def cap(self, purpose: Purpose) -> int:
        """Bytes of what is asked for."""
        return self.max_image_bytes if purpose is Purpose.IMAGE else self.max_page_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRender:
    """login: the saved log-in that is shown to the site, as `crawl.login.dump` writes it; '' where there is none. at:
    of the visit. wants_cookies: whether those that the browser holds afterwards are handed back."""

    url: str
    limits: BrowserLimits
    at: datetime
    purpose: Purpose = Purpose.PAGE
    known_images: tuple[str, ...] = ()
    login: str = ""
    wants_cookies: bool = False


class BrowserStood(StrEnum):
    """What a page load says of the browser itself. SAYS_NOTHING: neither well nor ill."""

    WORKED = "worked"
    SAYS_NOTHING = ""
    FELL = "fell"  # it hung, or took more than it may, and was ended
    NOT_STARTED = "not started"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """login: as the site renewed it, '' where it is as it was. cookies: as Playwright lists them. withheld: how often
    advertisers were asked for, by host. why: it stood as it did, without names or addresses."""

    fetched: Fetched
    login: str = ""
    cookies: tuple[Mapping[str, Any], ...] = ()
    withheld: Mapping[str, int]
    stood: BrowserStood = BrowserStood.SAYS_NOTHING
    why: str = ""
