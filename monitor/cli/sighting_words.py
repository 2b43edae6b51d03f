"""How finds are told to the person: a list that fits 80 columns, and everything of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.documents.how_matched import how_it_matches
from monitor.documents.places import short_address
from monitor.model.figures import CountedAs
from monitor.model.sighting import SEEN_BESIDE, Decision, Sighting, Status
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


def tell_list(finds: Iterable[Sighting], when: When) -> None:
    """As they come: of each only its row stays in hand."""
    rows, states, same = list[tuple[object, ...]](), set[str](), _SameFiles()
    is_hearsay = False
    for one in finds:
        state = state_words(one)
        states.add(state)
        is_hearsay = is_hearsay or one.is_hearsay or bool(one.place.claimed_url)
        rows.append((one.number, state, _photo(one, same.first_of(one)), when(one.first_seen), one.seen_at.page_url))
    printing.table(("no.", "state", "photo", "first seen", "where"), rows, shorten=short_address)
    printing.say(f"{several(len(rows), 'find', 'finds')}.")
    if same.lowest is not None:
        as_one = same.lowest
        printing.say_wrapped(f"(as {as_one}) is the very same picture as number {as_one}, in another place.")
    if "to decide" in states:
        printing.say_wrapped(
            "to decide: it may be one of yours, and only you can tell. You get no alert about such a find."
        )
    if "new" in states:
        printing.say_wrapped("new: it shows your photo, so it counts as yours, and you need not confirm it.")
    if is_hearsay:
        printing.say_wrapped(
            "Some were named by a list, and nobody has looked there yet: sightings show NUMBER says which."
        )


def _photo(sighting: Sighting, same: int | None) -> str:
    """same: the number of the first find of the very same file."""
    if not sighting.is_compared:
        return "by your word"
    beside = f" (as {same})" if same is not None else ""
    return printing.plain(sighting.match.label or "-", LABEL - len(beside)) + beside


class _SameFiles:
    """The first of a list that is the same file, by its bytes or its address. lowest: the first that was ever named."""

    def __init__(self) -> None:
        self._first = dict[str, int]()
        self.lowest: int | None = None

    def first_of(self, one: Sighting) -> int | None:
        """None for the first itself."""
        marks = [mark for mark in (one.image_digest, one.place.image_url) if mark and not one.under_18]
        known = next((self._first[mark] for mark in marks if mark in self._first), None)
        for mark in marks:
            self._first.setdefault(mark, one.number if known is None else known)
        if known is not None:
            self.lowest = known if self.lowest is None else min(self.lowest, known)
        return known


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
    _line("found by", _finder(sighting))
    _tell_looks(sighting, look, when)
    for line in _addresses(sighting, when):
        _line("addresses", line)
    kept = several(len(sighting.evidence), "sealed file", "sealed files") if sighting.evidence else "nothing is kept"
    _line("evidence", f"{kept}: reupload-monitor evidence list {sighting.number}")
    _line("reports", ", ".join(sighting.reports))
    _line("id", sighting.id)
    if verbose:
        _tell_figures(sighting)


def _finder(sighting: Sighting) -> str:
    if sighting.is_by_hand:
        return "you"
    if sighting.watch == SEEN_BESIDE:
        return "a visit that was not made for you, which came by there"
    return f"the watch {sighting.watch}"


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
