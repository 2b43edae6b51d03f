"""Where the store's key comes from: the configuration (a file or a systemd credential), else the keyring.

A key beside the data protects nothing: a copy of the disk would hold both. So it is never put there.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from monitor.config_places import KEY_LOST, PROGRAM
from monitor.errors import CredentialMissing, Locked, MonitorError, StoreError, UsageError
from monitor.model.settings import Secret, Settings

_KEY = re.compile(r"[0-9a-f]{64}")
_CREDENTIAL = "database.key"
_OF_SERVICES = Path("/etc")  # where their configurations lie, each in a folder of its service's name
SERVICE = "local-database"  # as the desktop's password program lists it: tells nothing

WAYS_OUT = (
    "Is it in the keyring of your desktop, and that is shut? Unlock it. In a file? Name it: [database] key_file. Is "
    f"this a service of the machine, whose key is a credential? Give the command as root, by sudo. {KEY_LOST}"
)


def generate_key() -> Secret:
    """256 random bits as 64 hexadecimal digits."""
    return Secret(secrets.token_hex(32))


def refuse_no_key(key: Secret) -> None:
    """Raises Locked for what cannot be one."""
    if _KEY.fullmatch(key.value) is None:
        raise Locked(
            "the store's key is not 64 hexadecimal digits",
            remedy=f"Use the key file exactly as `init` wrote it. {KEY_LOST}",
        )


def load_key(settings: Settings) -> Secret:
    """Raises Locked, with the ways out, when there is none."""
    if settings.database.key is not None and settings.database.key.value.strip():
        return Secret(settings.database.key.value.strip().lower())
    found = _from_keyring(settings.data_dir)
    if found is None:
        raise _without_credential(settings) or _no_key(settings)
    return found


def _no_key(settings: Settings) -> Locked:
    if settings.database.url is None:
        return Locked(f"no key was found for the store in {settings.data_dir}", remedy=WAYS_OUT)
    return Locked(
        "no key was found for what is in the database that [database] names",
        remedy=f"Was nothing set up with it yet? `{PROGRAM} init` says how. On a further machine: take the key of "
        f"the one that was set up, and name its file: [database] key_file. Else: {WAYS_OUT}",
    )


def _without_credential(settings: Settings) -> CredentialMissing | None:
    """Of a service of the machine: which one is missing, and what makes it. Another's key is a file or in a keyring."""
    if settings.path is None or settings.path.parent.parent != _OF_SERVICES:
        return None
    name = settings.path.parent.name
    calling = PROGRAM if name == PROGRAM else f"{PROGRAM} --config {settings.path}"
    return CredentialMissing(
        f"the unit {name}.service was given no credential {_CREDENTIAL}, which is the store's key: "
        f"/etc/credstore.encrypted/{name}.{_CREDENTIAL} is not there, or the unit does not name it",
        credential=_CREDENTIAL,
        remedy=f"Is the file there? This writes the unit anew: sudo {PROGRAM} service install --name {name}. Is "
        "it lost? Your identity (identity.age, or the key on the recovery sheet) makes another: sudo "
        f"{calling} recover-key --identity FILE",
    )


def save_key_file(key: Secret, path: Path, *, data_dir: Path) -> None:
    """A new file, 0600. Raises UsageError for a place inside `data_dir` and for a file that exists."""
    refuse_inside(path, data_dir)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = "it exists already, and a key is never overwritten" if path.exists() else error.strerror
        raise UsageError(f"the key file {path} cannot be made: {why}", remedy="Name another place.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.value + "\n")
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:  # Ctrl-C too: half a key is none
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageError(
                f"the key file {path} cannot be written: {error.strerror}", remedy="Name another place."
            ) from error
        raise


def refuse_inside(path: Path, data_dir: Path) -> None:
    """Raises UsageError: whoever copies data_dir would have the key as well."""
    if path.resolve().is_relative_to(data_dir.resolve()):
        raise UsageError(
            f"the key file {path} would lie inside data_dir {data_dir}, so a copy of the data would open itself",
            remedy="Put it elsewhere: on another disk, a stick, or at least another folder that is not backed up "
            "together with data_dir.",
        )


def has_keyring() -> bool:
    import keyring

    return bool(keyring.get_keyring().priority > 0)


def is_in_keyring(data_dir: Path) -> bool:
    """Raises StoreError where that cannot be told."""
    try:
        return _from_keyring(data_dir) is not None
    except Locked as error:
        raise _no_keyring("it is locked, or does not answer") from error


def save_to_keyring(key: Secret, data_dir: Path) -> None:
    """Raises StoreError where there is no keyring, or it is locked."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, _entry(data_dir), key.value)
        kept = keyring.get_password(SERVICE, _entry(data_dir))
    except (KeyringError, RuntimeError) as error:
        raise _no_keyring(str(error)) from error
    if kept != key.value:  # the `null` backend takes everything and keeps nothing
        raise _no_keyring("it kept nothing")


def forget_in_keyring(data_dir: Path) -> None:
    """The key is not there afterwards. Raises StoreError where it may be."""
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        if keyring.get_password(SERVICE, _entry(data_dir)) is not None:
            keyring.delete_password(SERVICE, _entry(data_dir))
    except NoKeyringError:
        return
    except (KeyringError, RuntimeError) as error:
        raise StoreError(
            f"the keyring did not let go of the store's key: {error}",
            remedy=f"Unlock it and try again, or remove the entry {SERVICE!r} there by hand.",
        ) from error


def _from_keyring(data_dir: Path) -> Secret | None:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        kept = keyring.get_password(SERVICE, _entry(data_dir))
    except NoKeyringError:
        return None
    except (KeyringError, RuntimeError) as error:
        raise Locked(f"the keyring did not give the store's key: {error}", remedy=WAYS_OUT) from error
    return Secret(kept) if kept else None


def _entry(data_dir: Path) -> str:
    """One for each data_dir, without telling which."""
    return hashlib.blake2b(str(data_dir.resolve()).encode(), digest_size=6).hexdigest()


def _no_keyring(why: str) -> MonitorError:
    return StoreError(
        f"the keyring did not take the store's key: {why}",
        remedy="Unlock it, or choose a key file outside data_dir: --store-key-file FILE.",
    )
