"""The report of a packet: what was found where and when, by which method, what is missing and what it does not prove.
HTML without any script, picture or address to load; whatever came from outside is text, made printable, then escaped.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from monitor.documents.presence import still_words
from monitor.evidence.packet import PacketFacts
from monitor.evidence.timeline import happenings
from monitor.hosts import host_of
from monitor.model.exchange import http_date
from monitor.model.match import Match, Method, Tier
from monitor.model.sighting import Status
from monitor.plain import plain, several

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

MAX_IN_REPORT = 300  # characters of a title, an account, a name
MAX_URL_SHOWN = 1_000
MAX_WORDS_SHOWN = 20_000  # of the person's own: as much as `evidence add` takes

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}").fullmatch  # of a file: nothing a shell would read

_METHODS = {
    Method.PDQ: "compared with the photo by PDQ, a fingerprint of a whole picture with 256 bits",
    Method.PHASH: "compared with the photo by pHash, a fingerprint of a whole picture with 64 bits",
    Method.FEATURES: "compared with the photo point by point (local features)",
}
_STATUS = {
    Status.NEW: "nobody has said yet that it is the person's; not found to be gone so far",
    Status.CONFIRMED: "the person says that it is theirs; not found to be gone so far",
    Status.DISMISSED: "the person leaves it alone",
    Status.REPORTED: "reported; not found to be gone so far",
    Status.REMOVED: "gone in two looks a day apart",
    Status.REAPPEARED: "back after it was gone",
}


def report_html(facts: PacketFacts) -> str:
    sites = sorted({host_of(part.sighting.seen_at.page_url) for part in facts.finds} - {""})
    pages = {part.sighting.seen_at.page_url for part in facts.finds}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(facts=facts, sites=sites, pages=pages, happenings=happenings(facts), status_words=status_words)
    )


def how_to_check(facts: PacketFacts, archive: str) -> str:
    """HOW-TO-CHECK.txt. archive: the name of the ZIP, of which only plain ASCII is shown."""
    name = archive if _PLAIN_NAME(archive) else "PACKET.zip"
    template = _environment().get_template("how-to-check.txt.j2")
    return template.render(facts=facts, archive=name, step=count(1).__next__)


def method_words(match: Match) -> str:
    """How it was told that a picture is the person's, for somebody who has never heard of it."""
    if match.method is None:
        compared = match.reason.partition("; ")[2] or "no program has compared it"
        return f"the person found it and says that it is theirs; {compared}"
    words = _METHODS[match.method]
    if match.distance is not None:
        words += f"; {several(match.distance, 'bit differs', 'bits differ')}"
    sure = "the same picture" if match.tier is Tier.MATCH else "perhaps the same picture"
    return f"{words}: {sure}" + ("" if match.variant == "as it is" else f", {match.variant}")


def status_words(status: Status) -> str:
    return _STATUS[status]


def utc_exact(at: datetime | None) -> str:
    """To the second: what a report is held to."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else "not known"


def time_told(untrusted: str) -> str:
    """Of a record or a header: in UTC where it is a time, else as it was written."""
    try:
        written = datetime.fromisoformat(untrusted)
        at = written.astimezone(UTC) if written.tzinfo is not None else None
    except (ValueError, OverflowError):
        at = http_date(untrusted)
    return utc_exact(at) if at is not None else as_text(untrusted)


def as_text(untrusted: object, limit: int = MAX_IN_REPORT) -> str:
    """One printable line; of a longer one the beginning, and how long it is."""
    text = str(untrusted)
    if len(text) <= limit:
        return plain(text)
    return f"{plain(text[:limit])} … ({len(text):,} characters; whole in manifest.json)"


def _url(untrusted: object) -> str:
    return as_text(untrusted, MAX_URL_SHOWN)


def _lines(untrusted: object) -> list[str]:
    """The person's own words keep their lines."""
    return [as_text(line, MAX_WORDS_SHOWN) for line in str(untrusted).splitlines()]


def _size(size: int) -> str:
    return several(size, "byte", "bytes") if size < 10_000 else f"{size / 1000:,.0f} kB"


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=PackageLoader("monitor.evidence"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and ".html" in str(name),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        utc=utc_exact,
        shown=as_text,
        url=_url,
        lines=_lines,
        size=_size,
        method=method_words,
        still=still_words,
        time=time_told,
    )
    environment.globals.update(several=several)
    return environment
