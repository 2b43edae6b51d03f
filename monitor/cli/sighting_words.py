"""How finds are told to the person: a list that fits 80 columns, and everything of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.documents.how_matched import how_it_matches
from monitor.documents.places import short_address
from monitor.model.figures import CountedAs
from monitor.model.sighting import Decision, Sighting, Status
from monitor.plain import several
from monitor.tracking.figures import counted_as

if TYPE_CHECKING:
    from monitor.documents.times import When
    from monitor.services.decisions import LooksAt

LABEL = 16
_SAID = {
    Status.NEW: "new: it counts as yours, and was not reported yet",
    Status.CONFIRMED: "yours, as you said",
    Status.DISMISSED: "not yours, as you said: the same picture stays quiet everywhere",
    Status.REPORTED: "reported",
    Status.REMOVED: "removed: looked for twice, and gone",
    Status.REAPPEARED: "back, after it was removed",
}


def state_words(sighting: Sighting) -> str:
    """In a list."""
    if sighting.under_18:
        return "under 18"
    if sighting.decision is Decision.NOT_HERE:
        return "left alone"
    return "to decide" if counted_as(sighting) is CountedAs.TO_DECIDE else sighting.status.value


def tell_list(finds: Sequence[Sighting], when: When) -> None:
    same = _same_as(finds)
    printing.table(
        ("no.", "state", "photo", "first seen", "where"),
        [
            (one.number, state_words(one), _photo(one, same), when(one.first_seen), one.seen_at.page_url)
            for one in finds
        ],
        shorten=short_address,
    )
    printing.say(f"{several(len(finds), 'find', 'finds')}.")
    if same:
        one = min(same.values())
        printing.say_wrapped(f"(as {one}) is the very same picture as number {one}, in another place.")
    if any(state_words(one) == "to decide" for one in finds):
        printing.say_wrapped(
            "to decide: it may be one of yours, and only you can tell. You get no alert about such a find."
        )
    if any(state_words(one) == "new" for one in finds):
        printing.say_wrapped("new: it shows your photo, so it counts as yours, and you need not confirm it.")
    if any(one.is_hearsay or one.place.claimed_url for one in finds):
        printing.say_wrapped(
            "Some were named by a list, and nobody has looked there yet: sightings show NUMBER says which."
        )


def _photo(sighting: Sighting, same: Mapping[str, int]) -> str:
    if not sighting.is_compared:
        return "by your word"
    beside = f" (as {same[sighting.id]})" if sighting.id in same else ""
    return printing.plain(sighting.match.label or "-", LABEL - len(beside)) + beside


def _same_as(finds: Iterable[Sighting]) -> dict[str, int]:
    """The first of the list that is the same file, by its bytes or its address; the first has none."""
    first, same = dict[str, int](), dict[str, int]()
    for one in finds:
        marks = [mark for mark in (one.image_digest, one.place.image_url) if mark and not one.under_18]
        known = next((first[mark] for mark in marks if mark in first), None)
        if known is not None:
            same[one.id] = known
        for mark in marks:
            first.setdefault(mark, one.number if known is None else known)
    return same


def tell_whole(sighting: Sighting, look: LooksAt, when: When, *, verbose: bool) -> None:
    """Everything that is known of it."""
    place, match = sighting.seen_at, sighting.match
    _line("number", str(sighting.number))
    _line("state", _state(sighting, when))
    _line("photo", match.label if sighting.is_compared else "no photo of yours was compared: it is here by your word")
    if sighting.is_compared and not sighting.under_18:
        _line("how", " ".join(how_it_matches(sighting)))
    _line("page", place.page_url)
    _line("picture", place.image_url)
    _line("account", place.account)
    _line("title", sighting.place.title)
    _line("says it is", _claim(sighting))
    for other in look.same_picture:
        _line("same picture", f"number {other.number} ({state_words(other)})  {other.seen_at.page_url}")
    _line("first seen", when(sighting.first_seen))
    _line("last seen", when(sighting.last_seen))
    _line("removed", when(sighting.removed_at) if sighting.removed_at else "")
    _line("found by", "you" if sighting.is_by_hand else f"the watch {sighting.watch}")
    _tell_looks(sighting, look, when)
    for line in _addresses(sighting, when):
        _line("addresses", line)
    kept = several(len(sighting.evidence), "sealed file", "sealed files") if sighting.evidence else "nothing is kept"
    _line("evidence", f"{kept}: reupload-monitor evidence list {sighting.number}")
    _line("reports", ", ".join(sighting.reports))
    _line("id", sighting.id)
    if verbose:
        _tell_figures(sighting)


def _line(name: str, text: str | None) -> None:
    if text:
        printing.out(f"{name:12}  {printing.plain(text)}")


def _state(sighting: Sighting, when: When) -> str:
    if sighting.under_18:
        return "closed, as somebody shown may have been under 18"
    if sighting.decision is Decision.NOT_HERE:
        return f"left alone here, as you said {when(sighting.decided_at)}"
    if counted_as(sighting) is CountedAs.TO_DECIDE:
        back = "back, and " if sighting.status is Status.REAPPEARED else ""
        number = sighting.number
        return f"{back}to decide, by you alone: sightings confirm {number} (mine), or dismiss {number} (not mine)"
    return _SAID[sighting.status]


def _tell_figures(sighting: Sighting) -> None:
    match = sighting.match
    _line("reason", match.reason)
    if sighting.is_compared:
        _line("score", f"{match.score:.4f} of 1")
        _line("method", match.method.value if match.method else "")
        _line("distance", str(match.distance) if match.distance is not None else "")
        _line("reference", match.reference)
    _line("file's SHA-256", sighting.image_digest)
    _line("incident", sighting.incident)
    _line("case", sighting.case)


def _tell_looks(sighting: Sighting, look: LooksAt, when: When) -> None:
    """What is known of page, media and search, when each is looked at next, and what became of it."""
    from monitor.documents.presence import change_words, next_look_words, trace_words
    from monitor.model.presence import Truth

    for truth in Truth:
        known = trace_words(truth, sighting.presence.of(truth), when)
        words = "; ".join(filter(None, (known, next_look_words(truth, look.planned, when))))
        _line(_TRUTHS[truth.value], words)
    for change in look.changes:
        _line("what became", change_words(change, when))


_TRUTHS = {"page": "its page", "media": "its file", "search": "the search"}


def _addresses(sighting: Sighting, when: When) -> list[str]:
    """None where it has one: that stands above."""
    if sighting.addresses_seen < 2:
        return []
    kept = sighting.addresses
    cut = f", of which {len(kept)} are kept" if sighting.addresses_seen > len(kept) else ""
    changes = "it changes its addresses: " if sighting.changes_addresses else ""
    lines = [f"{address.image_url or address.page_url}  last seen {when(address.last_seen)}" for address in kept]
    return [f"{changes}{sighting.addresses_seen} so far{cut}", *lines]


def _claim(sighting: Sighting) -> str:
    place = sighting.seen_at
    named = " ".join(part for part in (place.claimed_account, place.claimed_url) if part)
    return f"from {named}: nobody has looked there yet, so it counts for nothing" if named else ""


def tell_sheets(sheets: Sequence[str]) -> None:
    """Of drafts that asked for what is to be asked for no more. sheets: paths."""
    for path in dict.fromkeys(sheets):
        is_left = Path(path).exists()
        said = "could not be taken away: do not send it" if is_left else "taken away, since it named that find"
        printing.say(f"{printing.plain(path)}: {said}")
    if sheets:
        printing.say("Do not send a copy of it. About other finds that stood in it:")
        printing.say("    reupload-monitor reports next --draft")


def tell_changed(changed: Sequence[Sighting]) -> None:
    for sighting in changed:
        printing.out(f"{sighting.number:>3}  {state_words(sighting)}  {printing.plain(sighting.seen_at.page_url)}")


def tell_closed(closed: Sequence[Sighting]) -> None:
    """What ends with a closing beside what was named: whole pages, so that nothing else is looked for there."""
    pages = dict.fromkeys(sighting.place.page_url for sighting in closed)
    if not pages:
        return
    printing.say("Not visited any more, whatever else is on them:")
    for page in pages:
        printing.say(f"  {printing.plain(page)}")
    printing.say("Take a watch on one of them out of its watchlist, or name other pages in it: it sees nothing more.")
