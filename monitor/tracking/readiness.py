"""What is still missing for the program to do its work: somebody to tell, a place to look at, a photo to look for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """key: channel, watch or photo."""

    key: str
    message: str
    remedy: str


def lacking(
    *, channels: int, ordinary: int = 1, watched: int, cases: int, without_photo: Sequence[str]
) -> tuple[Lack, ...]:
    """channels: that are set; ordinary: those of them that are not only for urgent alerts or the digest. watched:
    watches that are switched on. cases: that are meant; without_photo: those of them, by name, in which none is
    enrolled."""
    found = []
    if not channels:
        message = "no alert channel is set: what is found is recorded, and nobody is told"
        found.append(Lack("channel", message, "reupload-monitor alerts add"))
    elif not ordinary:
        message = "every alert channel is only for urgent alerts or the weekly summary: of other finds nobody is told"
        found.append(Lack("channel", message, "reupload-monitor alerts add"))
    if not watched:
        found.append(Lack("watch", "nothing is watched: no place is looked at", "reupload-monitor watch add URL"))
    if without_photo:
        where = f" in {', '.join(without_photo)}" if cases > 1 else ""
        remedy = "reupload-monitor enroll FOLDER" + (" --case NAME" if cases > 1 else "")
        found.append(Lack("photo", f"no photo is enrolled{where}: nothing can be found", remedy))
    return tuple(found)
