"""What `enroll` tells a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import printing
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.enrolment import Enrolment

_NAMED = 12  # the JSON has them all
_TOGETHER = 4


def tell_enrolled(done: Enrolment) -> None:
    printing.table(
        ("photo", "id"),
        [(name, reference) for reference, name in {item.reference: item.photo for item in done.enrolled}.items()],
    )
    for file, notes in [(item.file, item.remarks) for item in done.enrolled]:
        for note in notes:
            printing.say(f"{printing.plain(file)}: {note}.")
    for item in done.refused:
        printing.say(f"skipped {printing.plain(item.file)}: {item.reason}")
    for line in _one_photo(done):
        printing.say(line)
    printing.say(f"{', '.join(_counts(done))}.")
    are = "photo is" if done.photos == 1 else "photos are"
    printing.say(f"{done.photos} {are} enrolled in all. The photos were not copied.")


def _counts(done: Enrolment) -> Iterator[str]:
    """Each file in one of them; the first is of photos too, since each new one has one first file."""
    new = {item.reference for item in done.enrolled if item.is_new}
    added = sum(item.reference not in new for item in done.enrolled)
    known = sum(item.reference not in new for item in done.known) + added
    further = len(done.enrolled) + len(done.known) - len(new) - known
    yield several(len(new), "new photo", "new photos")
    if further:
        yield f"{several(further, 'more file', 'more files')} of {'this' if len(new) == 1 else 'these'}"
    if known:
        which = f" ({added} of them added)" if added else ""
        yield f"{several(known, 'file', 'files')} of photos known before{which}"
    yield f"{len(done.refused)} skipped"


def tell_stopped(done: Enrolment) -> None:
    seen = len(done.enrolled) + len(done.skipped)
    printing.say(
        f"Stopped after {seen} of {several(seen + done.left, 'file', 'files')}. What was enrolled is kept. "
        "To go on, type the same command again: nothing is enrolled twice."
    )


def _one_photo(done: Enrolment) -> Iterator[str]:
    """Which files are of one photo."""
    groups = done.same_photos
    for files in groups[:_NAMED]:
        yield f"{_names(files)} are one photo, and are listed as one."
    if len(groups) > _NAMED:
        yield f"So are the files of {several(len(groups) - _NAMED, 'other photo', 'other photos')}."


def _names(files: tuple[Path, ...]) -> str:
    """Without their folders, where that tells them apart."""
    alone = len({path.name for path in files}) == len(files)
    names = [printing.plain(path.name if alone else path) for path in files]
    if len(names) > _TOGETHER:
        return f"{', '.join(names[:_TOGETHER])} and {len(names) - _TOGETHER} more files"
    return f"{', '.join(names[:-1])} and {names[-1]}"
