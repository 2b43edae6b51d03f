"""How the commands tell what became of files that were to go: that nothing is left is said only where it is so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from monitor.cli import printing
from monitor.errors import WorkFailed
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.model.removal import Left, Removed
    from monitor.services.decisions import StrayFiles


def tell_removed(results: Sequence[Removed]) -> None:
    """Raises WorkFailed where a file may be left."""
    moved, left = _moved(results), _left(results)
    if not moved and not left:
        printing.say("No draft of them is left where one was written. What you copied or sent is not known here.")
        return
    for path in moved:
        printing.say(f"No longer where it was written: {printing.plain(path)}")
    if moved:
        printing.say("    If you moved or copied it, remove it by hand: a draft is readable text.")
    for item in left:
        printing.say(f"Not removed: {printing.plain(item.path)}: {printing.plain(item.why)}")
    hers, left = [one for one in left if one.is_hers], [one for one in left if not one.is_hers]
    if hers and not left:
        raise WorkFailed(
            f"{several(len(hers), 'backup that you made holds', 'backups that you made hold')} it still; "
            "all else is removed",
            remedy="Remove what stands above yourself. Should one be restored, what you closed is closed in it again.",
        )
    if left:
        raise WorkFailed(
            f"{several(len(left), 'draft or sealed file', 'drafts or sealed files')} may be left on disk; "
            "all else is removed",
            remedy="Each stands above with its path; each is tried again by every command. Make its place reachable "
            "and type one, or remove it by hand and type: reupload-monitor reports gone. Drafts are readable text.",
        )


def tell_strays(aside: StrayFiles | None) -> None:
    """After a closing as under 18: what cannot be known to show the same is said, not passed over."""
    if aside is None:
        return
    if aside.unnamed:
        printing.say(
            f"{several(aside.unnamed, 'sealed file', 'sealed files')} in {aside.vault}: named by nothing in the store, "
            "as after a crash or while something is being sealed: it cannot be known whether they show the same. What "
            f"nothing names an hour after it was written is put aside in {aside.folder}. Ask then: "
            "reupload-monitor doctor. It says what lies there; remove that folder, unless you need it for something "
            "else."
        )
    if aside.count:
        printing.say(
            f"{several(aside.count, 'sealed file', 'sealed files')} in {aside.folder}: named by nothing in the store, "
            "so it cannot be known whether they show the same. Remove that folder, unless you need them for something "
            "else."
        )


def documents(results: Sequence[Removed]) -> dict[str, Any]:
    from monitor.documents.removals import removal_document

    return removal_document(_moved(results), [(item.path, item.why) for item in _left(results)])


def _moved(results: Sequence[Removed]) -> list[str]:
    return sorted({path for result in results for path in result.moved})


def _left(results: Sequence[Removed]) -> list[Left]:
    last = {item.path: item for result in results for item in result.left}
    return [last[path] for path in sorted(last)]
