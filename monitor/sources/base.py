"""What kinds of watch have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.errors import WatchlistError
from monitor.model.page import Fetched, ParseJob, Purpose, Request
from monitor.model.settings import Settings
from monitor.model.watch import Watch

ACCEPT_JSON = "application/json"
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/apng", "image/pjpeg")


def html_job(watch: Watch, fetched: Fetched, *, follow_next: bool = True) -> ParseJob:
    """An ordinary page, or the picture itself where the address led to one."""
    content_type = fetched.header("content-type")
    is_picture = content_type.partition(";")[0].strip().lower() in _PICTURES
    return ParseJob(
        parser="image" if is_picture else "html",
        url=fetched.url,
        content_type=content_type,
        select_images=watch.images.select,
        select_links=watch.follow.links,
        same_site=watch.follow.same_site,
        follow_next=follow_next,
    )


def token_of(watch: Watch, settings: Settings) -> str:
    """The token of the watch's credentials, '' when it has none."""
    if not watch.credentials:
        return ""
    values = next((dict(c.values) for c in settings.credentials if c.name == watch.credentials), {})
    token = values.get("token")
    if not token:
        raise WatchlistError(
            f"the credentials {watch.credentials!r} have no token",
            remedy=f'Add token_file = "..." to [credentials.{watch.credentials}] in config.toml.',
            key="credentials",
        )
    return token.value


@dataclass(frozen=True, slots=True)
class Pages:
    """Ordinary pages from given addresses on: kinds `page` (one address, its next pages) and `urls` (many)."""

    follow_next: bool = True

    def seeds(self, watch: Watch) -> Sequence[Request]:
        return [Request(url) for url in watch.urls]

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        return html_job(watch, fetched, follow_next=self.follow_next)


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer in a format of its own (`parser`) that lists posts; what it leads to are ordinary pages.

    starts: what is asked for first; further answers of the same format come as its next pages, so that they are asked
    for in the same way. headers: a source's own, a token for instance."""

    parser: str
    starts: tuple[str, ...]
    accept: str = ACCEPT_JSON
    purpose: Purpose = Purpose.API
    headers: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()

    def seeds(self, watch: Watch) -> Sequence[Request]:
        return [Request(url, self.purpose, accept=self.accept, headers=self.headers) for url in self.starts]

    def job(self, watch: Watch, fetched: Fetched, depth: int) -> ParseJob:
        if depth > 0:
            return html_job(watch, fetched)
        return ParseJob(
            parser=self.parser,
            url=fetched.url,
            content_type=fetched.header("content-type"),
            same_site=watch.follow.same_site,
            rules=self.rules,
        )
