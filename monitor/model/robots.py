"""What a robots.txt says to programs that it does not name."""

from __future__ import annotations

from dataclasses import dataclass

MAX_RULES = 50_000  # more do not fit into 500 KiB
MAX_PATTERN_CHARS = 2_048
MAX_WILD_CHARS = (
    64 * 1024
)  # of all patterns with a wildcard together: each is compared with every character of an address


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """allow, disallow: patterns of RFC 9309 section 2.2.3 in the spelling of `crawl.robots.patterns.normal_pattern`.
    Raises ValueError for what no reader of ours hands out."""

    allow: tuple[str, ...] = ()
    disallow: tuple[str, ...] = ()
    crawl_delay_s: float | None = None

    def __post_init__(self) -> None:
        patterns = (*self.allow, *self.disallow)
        if len(patterns) > MAX_RULES:
            raise ValueError(f"{len(patterns)} rules, more than {MAX_RULES}")
        if any(len(pattern) > MAX_PATTERN_CHARS or pattern[:1] not in ("/", "*") for pattern in patterns):
            raise ValueError("a pattern that is too long, or of no path")
        if sum(len(pattern) for pattern in patterns if is_wild(pattern)) > MAX_WILD_CHARS:
            raise ValueError(f"patterns with wildcards of more than {MAX_WILD_CHARS} characters")
        if self.crawl_delay_s is not None and not 0 <= self.crawl_delay_s < float("inf"):
            raise ValueError(f"a crawl delay of {self.crawl_delay_s}")


def is_wild(pattern: str) -> bool:
    return "*" in pattern or pattern.endswith("$")
