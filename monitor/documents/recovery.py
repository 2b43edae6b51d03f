"""What was left over by a process that was cut off, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.model.intent import LeftKind, Recovery
from monitor.plain import several

CUT_OFF = "the program had not ended in order: it was killed, or the power failed"


def recovery_words(recovery: Recovery) -> Iterator[str]:
    """Each what was found and what was done about it."""
    if recovery.was_cut_off:
        yield CUT_OFF
    for kind, count in recovery.things.items():
        if count:
            yield _WORDS[kind](count)


def recovery_document(recovery: Recovery | None) -> Mapping[str, Any] | None:
    if recovery is None:
        return None
    things = {kind.value: count for kind, count in recovery.things.items()}
    return {"at": recovery.at, "was_cut_off": recovery.was_cut_off, "things": things}


def _files(count: int) -> str:
    return several(count, "sealed file", "sealed files")


_WORDS = {
    LeftKind.ASIDE: lambda n: (
        f"{_files(n)} of a find that was not recorded yet: put aside; its next look finds it again"
    ),
    LeftKind.REMOVED: lambda n: f"{_files(n)} of a find that was not recorded, in a case with one under 18: removed",
    LeftKind.HALF: lambda n: f"{_files(n)} that were only half written: removed",
    LeftKind.DRAFTS: lambda n: (
        f"{several(n, 'file', 'files')} of drafts that were not finished: removed; they can be drafted again"
    ),
    LeftKind.FREED: lambda n: f"{several(n, 'message', 'messages')} that were just going out: sent on at once",
    LeftKind.UNSURE: lambda n: (
        f"{several(n, 'message', 'messages')} that may have arrived, which nobody noted: sent "
        "once more after 20 minutes, and mail programs show them as the same one"
    ),
    LeftKind.UNLISTED: lambda n: (
        f"{several(n, 'capture', 'captures')} whose list of files was not made: made within the next two hours"
    ),
    LeftKind.LOST: lambda n: (
        f"{_files(n)} that the store names are not in the vault: `reupload-monitor evidence verify` says which"
    ),
}
