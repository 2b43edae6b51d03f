"""Where a look can say less than the person's own eyes would have seen: each such place is an observation with a name.

A run's status is a statement about what the person would have seen there herself, and it rests on these alone
(`status_of`). What else tells of a look (`watch run`, `status`, the digest, the alarm) reads the same list and says the
same words. A new place where a look can be wrong gets a member of `RunTrouble` and its row in `NAMED`; who meets it
notes it (`Tally.note`; a reader, in `PageContent.noted`), and decides nothing about the status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from monitor.errors import UnreadableKind
from monitor.model.outcome import OutcomeKind


class RunStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"  # a part of what the person would have seen there was not
    FAILED = "failed"  # blind: no good look at all, no picture where there were some, or the planted one not seen


class RunTrouble(StrEnum):
    """What can be observed beside what came of a fetch or of reading a picture."""

    UNDER_18 = "under_18"  # a page that was closed as that
    STOPPED = "stopped"  # the pass did not take place
    SELF_TEST = "self_test"  # the planted picture was not seen
    NO_PICTURES = "no_pictures"  # none, where there were some or have to be
    FEW_PICTURES = "few_pictures"
    NEVER_PICTURES = "never_pictures"  # not one in any look so far
    NO_ENTRIES = "no_entries"  # a list that can be read, and is empty
    UNREADABLE_ENTRIES = "unreadable_entries"  # some of a list's entries
    KEPT_FROM_GUESTS = "kept_from_guests"  # the page says that what is attached is for members
    STAND_IN = "stand_in"  # many addresses gave one and the same picture
    CUT = "cut"  # a cap of ours
    NOT_YET = "not_yet"  # a page or picture that is being made, or that came in part
    UNKNOWN_CONTENT = "unknown_content"  # an embed, block or attachment of a type that this program does not know
    NOT_RENDERED = "not_rendered"  # wanted a browser, and had none
    NEXT_PAGE = "next_page"  # a list went on, and its next page could not be had
    NOT_FOLLOWED = "not_followed"  # links should have been followed, and none was found
    CHANGES_ADDRESSES = "changes_addresses"  # a find has another address at each visit
    MANY_ADDRESSES = "many_addresses"  # a find has more addresses than are kept
    MORE_INSIDE = "more_inside"  # pictures with more frames or parts than are looked at
    NOT_SEALED = "not_sealed"  # evidence of a find could not be written
    OTHER = "other"  # a word of another version


ErrorKind = OutcomeKind | UnreadableKind | RunTrouble
"""By their words, which no two of them use for different things."""


def error_kind(word: str) -> ErrorKind:
    """As it was kept."""
    for kind in (OutcomeKind, UnreadableKind, RunTrouble):
        with suppress(ValueError):
            return kind(word)
    return RunTrouble.OTHER


class Covers(StrEnum):
    """How much of the place is not seen for it."""

    PICTURE = "picture"
    PAGE = "page"
    PLACE = "place"


class Weight(StrEnum):
    """What an observation makes of the run that met it."""

    SAID = "said"  # nothing: the person would have seen no more. It is worth knowing all the same
    PART = "part"  # partial
    BLIND = "blind"


@dataclass(frozen=True, slots=True)
class Observation:
    """url: '' where it is of no one address. message: what was observed. remedy: what the person can do."""

    url: str
    kind: ErrorKind
    message: str
    remedy: str
    covers: Covers = Covers.PAGE
    weight: Weight = Weight.PART

    @property
    def is_blinding(self) -> bool:
        """The whole place is not seen, whatever else was."""
        return self.weight is Weight.BLIND and self.covers is Covers.PLACE


@dataclass(frozen=True, slots=True)
class Noted:
    """What a reader observed in what it read: its name, how often, and a word of the site's own (untrusted)."""

    kind: RunTrouble
    count: int = 1
    what: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An observation whose words are always the same. {count}, {what}: of this one."""

    covers: Covers
    weight: Weight
    message: str
    remedy: str


LOOK_AT_IT = "Look at it in a browser. If it shows pictures there, "
NAMED: Mapping[RunTrouble, Meaning] = {
    RunTrouble.KEPT_FROM_GUESTS: Meaning(
        Covers.PAGE,
        Weight.PART,
        "the page says in {count} places that pictures or files are shown to members only",
        "If you have an account there: reupload-monitor watch login {watch}. Else look at this place yourself.",
    ),
    RunTrouble.STAND_IN: Meaning(
        Covers.PAGE,
        Weight.BLIND,
        "{count} addresses of pictures gave one and the same picture, most likely in the place of others",
        LOOK_AT_IT
        + 'log in with `watch login` or set render = "browser". If they are one picture there too, leave them '
        "out with images.select.",
    ),
    RunTrouble.UNKNOWN_CONTENT: Meaning(
        Covers.PAGE,
        Weight.PART,
        "{count} entries hold something that this program does not know ({what}); only its pictures were looked for",
        "Look at these entries yourself, and report it as a fault of this program: the place has something new.",
    ),
    RunTrouble.UNREADABLE_ENTRIES: Meaning(
        Covers.PAGE,
        Weight.PART,
        "{count} entries of the list name neither a page nor a picture that can be had",
        "Look at the list in a browser. If its entries lead somewhere there, report it as a fault of this program.",
    ),
    RunTrouble.NO_ENTRIES: Meaning(
        Covers.PAGE,
        Weight.SAID,
        "the list can be read, and has no entry",
        "Nothing to do if it is empty in a browser too.",
    ),
    RunTrouble.NOT_RENDERED: Meaning(
        Covers.PAGE,
        Weight.PART,
        "the page wants a browser, and could not be rendered: {what}",
        "`reupload-monitor doctor` says what the browser lacks. What the page shows without it was looked at.",
    ),
    RunTrouble.NEXT_PAGE: Meaning(
        Covers.PAGE,
        Weight.PART,
        "the list goes on, and its next page could not be had: {what}",
        "It is tried again at the next run. If it stays so, look at the rest of the list yourself.",
    ),
    RunTrouble.NOT_YET: Meaning(
        Covers.PICTURE,
        Weight.PART,
        "what came is not ready yet, or only a part of it: {what}",
        "Nothing to do: it is asked for again soon.",
    ),
    RunTrouble.NOT_FOLLOWED: Meaning(
        Covers.PLACE,
        Weight.PART,
        "the watch is to follow links, and found none to follow",
        "`reupload-monitor watch check` says what it would follow. Set follow.links to the links that matter.",
    ),
    RunTrouble.CHANGES_ADDRESSES: Meaning(
        Covers.PICTURE,
        Weight.SAID,
        "a find changes its addresses: it has had {count} so far",
        "Nothing to do: it is one find, and its newest address stands in it.",
    ),
    RunTrouble.MANY_ADDRESSES: Meaning(
        Covers.PAGE,
        Weight.SAID,
        "one find has had {count} addresses; only the first and the newest are kept",
        "Nothing to do: it is one find. What is kept of its addresses is enough for a report.",
    ),
    RunTrouble.MORE_INSIDE: Meaning(
        Covers.PICTURE,
        Weight.SAID,
        "{count} pictures hold more than is looked at in one; of the first of them was left out: {what}",
        "Look at them yourself if your photos may be in there. Nothing else was left out for it.",
    ),
    RunTrouble.CUT: Meaning(
        Covers.PAGE,
        Weight.PART,
        "the page holds more than is read of one page: {what}",
        "Watch a smaller part of it (one thread, one album), or say with images.select what matters.",
    ),
}
"""What is not here gets its words where it is found."""


def named(noted: Noted, url: str, *, watch: str, what: str = "") -> Observation:
    """what: the site's own word, made plain."""
    words = NAMED[noted.kind]
    message = words.message.format(count=noted.count, what=what)
    return Observation(url, noted.kind, message, words.remedy.format(watch=watch), words.covers, words.weight)


def unlike(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """What happened to many addresses once, as it met the first of them; the foremost first."""
    once: dict[tuple[str, str, str], Observation] = {}
    for one in observations:
        once.setdefault((one.kind, one.message, one.remedy), one)
    return tuple(sorted(once.values(), key=_rank))


def status_of(observations: Iterable[Observation], *, good_looks: int) -> RunStatus:
    """What a run may say of itself. good_looks: pages that were read, and were no wall and not empty; one with an
    observation that makes it blind is none."""
    observed = tuple(observations)
    if good_looks == 0 or any(one.is_blinding for one in observed):
        return RunStatus.FAILED
    return RunStatus.PARTIAL if any(one.weight is not Weight.SAID for one in observed) else RunStatus.OK


def foremost(observations: Iterable[Observation]) -> Observation | None:
    """What is to be told when only one thing can be: what makes the place blind, a machine without a network or
    a part of this program that failed, then what was met first; what is only said comes last."""
    return min(observations, key=_rank, default=None)


def _rank(one: Observation) -> int:
    if one.is_blinding or one.kind in (OutcomeKind.OFFLINE, OutcomeKind.PART):
        return 0
    return 2 if one.weight is Weight.SAID else 1
