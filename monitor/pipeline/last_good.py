"""The watches as they were read last, for a start or a reload at which their file cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from monitor.model.watch import Watch
from monitor.watchlist import WatchlistLoad

_WATCHES = TypeAdapter(tuple[Watch, ...])


def dump_watches(watches: Sequence[Watch]) -> str:
    return _WATCHES.dump_json(tuple(watches)).decode()


def restore_watches(text: str) -> tuple[Watch, ...]:
    """None from what another version of the program wrote otherwise: its files are read again in any case."""
    try:
        return _WATCHES.validate_json(text)
    except ValidationError:
        return ()


def go_on(old: Iterable[Watch], loaded: WatchlistLoad) -> tuple[Watch, ...]:
    """The watches after a start or a reload. One whose file has an error, or whose folder has gone or lost all its
    files, goes on as it was, and one that its source refuses as it is written now; one that is missing from a good file
    was taken out."""
    before = {watch.name: watch for watch in old}
    refused = {error.watch for error in loaded.refusals}
    now = [before.get(one.name, one) if one.enabled and one.name in refused else one for one in loaded.watches]
    broken = {error.file for error in loaded.errors}
    new = {watch.name for watch in loaded.watches}
    kept = (
        watch
        for watch in before.values()
        if watch.name not in new
        and watch.origin is not None
        and (not loaded.files or {str(watch.origin), str(watch.origin.parent)} & broken)
    )
    return (*now, *kept)
