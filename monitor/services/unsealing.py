"""Opens evidence for what the person asks: with her identity, in a child that ends (`monitor.vault.opening`).

One passphrase is tried at a time, and after a wrong one the next not before its time: 1, 2, 4 seconds and so on. Both
stand in the store before anything is tried: neither a new process nor one that is killed while it tries gains a try.
The wait is for whatever is tried next; the count is of each identity, and a right passphrase of another leaves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from monitor.clock import Clock
from monitor.errors import Locked, SealError, TooSoon
from monitor.model.settings import Secret
from monitor.ports import Store
from monitor.vault.opening import Unsealer, needs_passphrase, opening, what_is_tried

LONGEST_WAIT_S = 40.0
"""A hundred wrong ones take more than an hour."""


@contextmanager
def unsealing(
    store: Store,
    identity: Path,
    ask: Callable[[], Secret | None],
    clock: Clock,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Unsealer]:
    """ask: for the passphrase, where the identity is under one; None where there is nobody to ask. pause: called with
    the seconds until the next one may be tried. Raises Locked, SealError."""
    if not needs_passphrase(identity):
        with opening(identity) as unsealer:
            yield unsealer
        return
    passphrase = ask()
    if passphrase is None:
        raise Locked(
            f"{identity} is under a passphrase, and there is no terminal to ask for it",
            remedy="Give it in the first line of a file: --passphrase-file FILE.",
        )
    with ExitStack() as stack:
        unsealer = stack.enter_context(_opened_in_turn(store, identity, passphrase, clock, pause))
        yield unsealer


@contextmanager
def _opened_in_turn(
    store: Store, identity: Path, passphrase: Secret, clock: Clock, pause: Callable[[float], None]
) -> Iterator[Unsealer]:
    with ExitStack() as stack:
        while True:
            try:
                with one_try(store, identity, clock):
                    unsealer = stack.enter_context(opening(identity, passphrase))
                break
            except TooSoon as error:  # and then another process may have been first
                pause(max((error.at - clock()).total_seconds(), 0.05))
        yield unsealer


@contextmanager
def one_try(store: Store, identity: Path, clock: Clock) -> Iterator[None]:
    """Around the one attempt to open an identity with a passphrase, and nothing else. Raises TooSoon before its time,
    SealError for a file that cannot be read; what is raised inside passes: Locked is a wrong one, anything else is
    none."""
    mark = what_is_tried(identity)
    wrong = _claim(store, mark, clock())
    try:
        yield
    except SealError:  # not the words were wrong: the file, or too little memory
        _note(store, mark, wrong, None)
        raise
    _note(store, mark, 0, None)


def _claim(store: Store, mark: str, now: datetime) -> int:
    """How many were wrong before. Read and written in one transaction: of two at once one is refused."""
    with store.transaction():
        wrong, at = store.machine.wrong_passphrases(mark), store.machine.next_try_at()
        # A time that lies further off than any wait was written by a clock that was ahead.
        if at is not None and timedelta(0) < at - now <= timedelta(seconds=LONGEST_WAIT_S):
            raise TooSoon(
                "a wrong passphrase was tried just now",
                remedy=f"Wait {max(1, round((at - now).total_seconds()))} seconds, then try again.",
                at=at,
            )
        store.machine.note_wrong_passphrases(mark, wrong + 1, now + timedelta(seconds=wait_after(wrong)))
    return wrong


def _note(store: Store, mark: str, wrong: int, next_try_at: datetime | None) -> None:
    with store.transaction():
        store.machine.note_wrong_passphrases(mark, wrong, next_try_at)


def wait_after(wrong: int) -> float:
    """Seconds until the next one may be tried: 1, 2, 4 and so on. wrong: how many were, before this one."""
    return min(2.0 ** min(wrong, 10), LONGEST_WAIT_S)
