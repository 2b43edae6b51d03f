"""The store's key, sealed beside the evidence: with it, the identity alone restores everything on a fresh machine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from monitor.errors import MonitorError
from monitor.model.settings import Secret
from monitor.ports import Store, Vault
from monitor.ports.machine import StoreKeySealed

log = logging.getLogger(__name__)


def in_order(recipients: Iterable[str]) -> tuple[str, ...]:
    """As `StoreKeySealed` has them."""
    return tuple(sorted({one.strip() for one in recipients}))


def keep_store_key(store: Store, vault: Vault, recipients: Iterable[str], load_key: Callable[[], Secret]) -> bool:
    """Writes it where it is not sealed to exactly these, or is not there. Whether it did. Raises Locked, SealError,
    StoreError."""
    wanted = in_order(recipients)
    sealed = store.machine.store_key_sealed()
    if vault.has_key():
        if sealed is not None and sealed.recipients == wanted:
            return False
    elif store.machine.vault_had_key() and not vault.names():
        return False  # another folder: the vault's disk is not mounted
    with store.transaction():
        store.machine.note_store_key_sealed(None)  # a crash from here on: written anew at the next start
    file = vault.seal_store_key(load_key())
    with store.transaction():
        store.machine.note_store_key_sealed(StoreKeySealed(wanted, file.sealed_digest))
        store.machine.note_vault_key()
    log.info("the store's key is sealed to the recipients", extra={"action": "store_key", "recipients": len(wanted)})
    return True


def try_to_keep_store_key(
    store: Store, vault: Vault, recipients: Iterable[str], load_key: Callable[[], Secret]
) -> None:
    """At each start, which it never hinders: `doctor` says what it could not."""
    try:
        keep_store_key(store, vault, recipients, load_key)
    except MonitorError as error:
        said = {"action": "store_key_failed", "error": type(error).__name__}
        log.warning("the store's key is not sealed to the recipients as they are", extra=said)
