"""Where a page sends its visitor on by itself: `Refresh`, as a header or in a <meta> (HTML standard, "shared
declarative refresh steps")."""

from __future__ import annotations

import re

from monitor.crawl.urls import absolute, canonical_url, same_site

MAX_REFRESH_S = 30  # a page that sends its visitor on later than this is not a redirect
MAX_REFRESH_CHARS = 16 * 1024

_REFRESH = re.compile(
    r"[\t\n\f\r ]*(?:(?P<s>[0-9]{1,12})[0-9.]*|\.[0-9.]*)(?:[\t\n\f\r ]*[;,]|[\t\n\f\r ])[\t\n\f\r ]*"
    r"(?:url[\t\n\f\r ]*=[\t\n\f\r ]*)?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)


def sent_on_to(written: str, base: str, url: str) -> str:
    """The further address of the same site, '' where it stays: no address, its own (a page that is loaded again), or
    only after a while. base, url: of the page."""
    found = _REFRESH.fullmatch(written[:MAX_REFRESH_CHARS])
    if found is None or int(found["s"] or 0) > MAX_REFRESH_S:
        return ""
    rest = found["rest"]
    if rest[:1] in ('"', "'"):
        rest = rest[1:].partition(rest[0])[0]
    target = absolute(base, rest)
    if not target or canonical_url(target) == canonical_url(url):
        return ""
    return target if same_site(target, url) else ""
