"""robots.txt to rules, by RFC 9309. Run by a confined reader only.

Of the groups only those for `*` are kept, so that a file of thousands of names, each with thousands of rules, costs one
pass over its lines. What webmasters get wrong most is understood, as Google's reader and protego do.
"""

from __future__ import annotations

from monitor.crawl.robots.patterns import normal_pattern
from monitor.model.robots import MAX_PATTERN_CHARS, MAX_RULES, MAX_WILD_CHARS, RobotsRules, is_wild

MAX_ROBOTS_BYTES = 500 * 1024  # RFC 9309 section 2.5: at least 500 KiB; the rest is not read
MAX_ROBOTS_LINE_CHARS = 2_083 * 8  # as Google's reader

_FIELDS = {
    **dict.fromkeys(("user-agent", "useragent", "user agent"), "user-agent"),
    "allow": "allow",
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
    **dict.fromkeys(("crawl-delay", "crawl delay"), "crawl-delay"),
    # Not obeyed, but they belong to a group: the next name begins another. Everything else, Sitemap above all, must not
    # part a group's names from its rules (RFC 9309 section 2.2.4).
    **dict.fromkeys(("noindex", "request-rate", "request rate", "visit-time", "visit time"), "other"),
}


def read_robots(untrusted: bytes) -> RobotsRules:
    """Never raises for what is in it."""
    rules = _Rules()
    ours = in_rules = False
    lines = (
        untrusted[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\r", "\n").split("\n")
    )
    if len(untrusted) > MAX_ROBOTS_BYTES:
        lines.pop()  # half a line: of `Disallow: /private`, perhaps `Disallow: /`
    for line in lines:
        field, value = _field(line[:MAX_ROBOTS_LINE_CHARS].partition("#")[0].strip())
        if field == "user-agent":
            ours = (ours and not in_rules) or value.split()[:1] == ["*"]
            in_rules = False
        elif field:
            in_rules = True
            if ours and value:
                rules.add(field, value)
    return rules.done()


def _field(line: str) -> tuple[str, str]:
    """('', '') for what is none. The colon may be missing."""
    name, _, value = line.partition(":")
    if (field := _FIELDS.get(name.strip().lower())) is None:
        name, _, value = line.replace("\t", " ").partition(" ")
        field = _FIELDS.get(name.lower())
    return (field, value.strip()) if field else ("", "")


class _Rules:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], None] = {}  # in order, each once
        self._wild_chars = 0
        self._delay: float | None = None

    def add(self, field: str, value: str) -> None:
        if field == "crawl-delay":
            self._add_delay(value)
        elif field in ("allow", "disallow") and value[0] in "/*" and len(self._kept) < MAX_RULES:
            self._add_pattern(field, normal_pattern(value))

    def _add_pattern(self, field: str, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN_CHARS:
            if field == "allow":
                return
            pattern = pattern[:MAX_PATTERN_CHARS].rstrip("$")  # its beginning forbids more, never less
        if (field, pattern) in self._kept:
            return
        if is_wild(pattern):
            if self._wild_chars + len(pattern) > MAX_WILD_CHARS:
                return
            self._wild_chars += len(pattern)
        self._kept[field, pattern] = None

    def _add_delay(self, value: str) -> None:
        try:
            delay = float(value)
        except ValueError:
            return
        if 0 <= delay < float("inf"):
            self._delay = max(delay, self._delay or 0.0)

    def done(self) -> RobotsRules:
        allow = tuple(pattern for field, pattern in self._kept if field == "allow")
        return RobotsRules(allow, tuple(pattern for field, pattern in self._kept if field == "disallow"), self._delay)
