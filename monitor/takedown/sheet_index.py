"""What becomes of a sitting's index when some of its sheets are taken away. Pure."""

from __future__ import annotations

from collections.abc import Collection

from monitor.takedown.words import wrapped

_BREAK = "\n\n"


def index_without(text: str, names: Collection[str], program: str) -> str:
    """The index without these sheets, which it says; '' where no other is left. names: of files. text: as `sheets.py`
    wrote it, as far as the person left it so. program: as its commands call it."""
    parts = text.split(_BREAK)
    gone = [part for part in parts if _files(part) & set(names)]
    left = [part for part in parts if part not in gone]
    if gone and not any(_files(part) for part in left):
        return ""
    said = wrapped(
        f"Taken away since then, for a find in it is not to be reported: {', '.join(sorted(names))}. The numbers of "
        "drafts and finds below are from before that. To ask about the other finds in it, if there are any:"
    )
    return _BREAK.join([*left[:1], f"{said}\n    {program} reports next --draft", *left[1:]])


def _files(part: str) -> set[str]:
    """That the entry of a draft names, in its last line."""
    names = {name.strip() for name in part.rstrip("\n").rpartition("\n")[2].split(", ")}
    return names if all(name.endswith((".txt", ".eml")) and " " not in name for name in names) else set()
