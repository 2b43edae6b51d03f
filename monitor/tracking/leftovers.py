"""What becomes of what a cut-off process left, by what was written down before it was begun."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from monitor.model.intent import Intent, IntentKind


@dataclass(frozen=True, slots=True)
class ThereNow:
    """What is there. named: sealed files that rows name. in_place, aside: sealed files, by where they lie. drafts: of
    each folder that drafts were to be written into, the files that it was to have. reported: of these, what is to stay:
    sheets of reports, and what stands beside one."""

    named: Collection[str] = ()
    in_place: Collection[str] = ()
    aside: Collection[str] = ()
    drafts: Mapping[str, Collection[str]] = field(default_factory=dict)
    reported: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """put_aside, remove: sealed files. drafts: files that go, with the case of each. done: intents of which nothing is
    left to be told."""

    put_aside: tuple[str, ...] = ()
    remove: tuple[Intent, ...] = ()
    drafts: tuple[tuple[Intent, str], ...] = ()
    done: tuple[Intent, ...] = ()


def settled(intents: Iterable[Intent], there: ThereNow, *, alive_since: datetime | None = None) -> Settlement:
    """alive_since: younger ones may be in the work of a process that lives; None: none is.

    A sealed file without a row is kept, but not in its place: of a find that the next look meets again, or, where its
    page is gone by then, all that there is of it. It stays written down, so that it goes with what is closed as under
    18. Sheets that no report names go: who sent one would have nothing that tells its clock.
    """
    put_aside, remove, drafts, done = list[str](), list[Intent](), list[tuple[Intent, str]](), list[Intent]()
    for one in intents:
        is_aside = one.kind is IntentKind.SEAL and one.path in there.aside and one.path not in there.in_place
        if alive_since is not None and one.at >= alive_since and not is_aside:
            continue
        if one.kind is IntentKind.SITTING:
            drafts += [(one, path) for path in there.drafts.get(one.path, ()) if path not in there.reported]
            done.append(one)
        elif one.path in there.named or not (is_aside or one.path in there.in_place):
            done.append(one)
        elif one.is_closed:
            remove.append(one)
            done.append(one)
        elif not is_aside:
            put_aside.append(one.path)
    return Settlement(tuple(put_aside), tuple(remove), tuple(drafts), tuple(done))


def staying(files: Collection[str], sheets: Collection[str], index: str) -> frozenset[str]:
    """Of the files of one sitting: the sheets that reports name, the mail beside each, and what tells of all, as long
    as there is one. sheets: that reports name. index: the name of what tells of all."""
    stems = {PurePath(path).stem for path in files if path in sheets}
    return frozenset(path for path in files if PurePath(path).stem in stems or (stems and PurePath(path).name == index))
