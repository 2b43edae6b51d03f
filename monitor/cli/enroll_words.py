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
        [(item.label, item.reference) for item in done.enrolled],
    )
    for file, notes in [(item.file, item.remarks) for item in done.enrolled]:
        for note in notes:
            printing.say(f"{printing.plain(file)}: {note}.")
    for item in done.refused:
        printing.say(f"skipped {printing.plain(item.file)}: {item.reason}")
    for line in _one_photo(done):
        printing.say(line)
    before = f"{len(done.known)} enrolled already, " if done.known else ""
    printing.say(f"{len(done.enrolled)} enrolled, {before}{len(done.refused)} skipped. The photos were not copied.")


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
