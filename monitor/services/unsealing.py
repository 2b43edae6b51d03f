"""Opens evidence for what the person asks: with her identity, in a child that ends (`monitor.vault.opening`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from monitor.errors import Locked, SealError
from monitor.model.settings import Secret
from monitor.ports import Store
from monitor.vault.opening import Unsealer, needs_passphrase, opening

LONGEST_WAIT_S = 30.0


@contextmanager
def unsealing(store: Store, identity: Path, ask: Callable[[], Secret | None]) -> Iterator[Unsealer]:
    """ask: for the passphrase, where the identity is under one; None where there is nobody to ask. Each wrong one is
    told later than the one before it, over commands too. Raises Locked, SealError."""
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
    wrong = store.machine.wrong_passphrases()
    _note(store, wrong + 1)  # before it is tried: who ends the program while it waits has tried it too
    with ExitStack() as stack:
        try:
            unsealer = stack.enter_context(opening(identity, passphrase, wait=wait_after(wrong)))
        except SealError:  # not the words were wrong: the file, or too little memory
            _note(store, wrong)
            raise
        _note(store, 0)
        yield unsealer


def _note(store: Store, wrong: int) -> None:
    with store.transaction():
        store.machine.note_wrong_passphrases(wrong)


def wait_after(wrong: int) -> float:
    """Seconds until the next wrong one is told: 1, 2, 4 and so on."""
    return min(2.0 ** min(wrong, 10), LONGEST_WAIT_S)
