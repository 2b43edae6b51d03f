"""The key of a service's store: sealed by systemd for this machine where it can, else in a file that root alone
reads. Neither is for the account that the service runs under: systemd hands the key to the service, and `lent_key` to a
command that root gives in its place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from monitor.config_places import KEY_LOST
from monitor.errors import Locked, WorkFailed
from monitor.model.settings import Secret
from monitor.services.erasing import make_useless
from monitor.services.service_machine import ThisMachine
from monitor.services.service_units import KEY, ServicePlaces

NO_KEY: AbstractContextManager[dict[str, str]] = nullcontext({})
LENT = Path("/run")  # in memory; gone at the latest when the machine is switched off


def new_key() -> Secret:
    from monitor.store.keys import generate_key

    return generate_key()


def kept_key(places: ServicePlaces) -> Path | None:
    """Where it lies."""
    return next((path for path in (places.sealed_key, places.plain_key) if path is not None and path.exists()), None)


def keep_key(key: Secret, places: ServicePlaces, machine: ThisMachine, tell: Callable[[str], None]) -> Path:
    """Where it lies. A key that is there is never overwritten. Raises WorkFailed."""
    if places.sealed_key is None or places.plain_key is None or kept_key(places):
        raise WorkFailed("there is a key already, or no place for one")
    if machine.has("systemd-creds"):
        try:
            _make_private(places.sealed_key.parent)
            machine.run(("systemd-creds", "encrypt", f"--name={KEY}", "-", str(places.sealed_key)), given=_bytes(key))
            return places.sealed_key
        except WorkFailed as error:
            places.sealed_key.unlink(missing_ok=True)
            _remove_if_empty(places.sealed_key.parent)
            tell(f"systemd cannot seal it here ({error}): it goes into a file that only root reads, {places.plain_key}")
    _make_private(places.plain_key.parent)
    descriptor = os.open(places.plain_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_bytes(key))
        file.flush()
        os.fsync(file.fileno())
    return places.plain_key


def forget_key(places: ServicePlaces) -> None:
    """Its bytes first, then the file, then the folder if nothing else lies there."""
    for path in (places.sealed_key, places.plain_key):
        if path is not None and path.exists():
            make_useless(path)
            path.unlink()
            _remove_if_empty(path.parent)


@contextmanager
def lent_key(places: ServicePlaces, machine: ThisMachine, folder: Path = LENT) -> Iterator[dict[str, str]]:
    """As variables for a command of the account, and only as long as that runs. None where no key is kept. Raises
    Locked for one that this machine does not open."""
    path, uid = kept_key(places), machine.uid_of(places.account)
    if path is None or uid is None:
        yield {}
        return
    if path == places.sealed_key:
        try:
            key = machine.run(("systemd-creds", "decrypt", f"--name={KEY}", str(path), "-")).encode()
        except WorkFailed as error:
            raise Locked(
                f"this machine does not open the store's key, {path}: {error}",
                remedy=f"systemd seals it for one machine and one system, and this may be another. {KEY_LOST}",
            ) from error
    else:
        key = path.read_bytes()
    made = Path(tempfile.mkdtemp(prefix="key-", dir=folder))
    try:
        file = made / KEY
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(key)
        for owned in (file, made):
            os.chown(owned, uid, -1)
        yield {"CREDENTIALS_DIRECTORY": str(made)}
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def new_place(places: ServicePlaces, machine: ThisMachine, folder: Path = LENT) -> Iterator[Path]:
    """A file that the account may write, in memory; what lies there at the end is the key from then on. Raises
    WorkFailed."""
    made = Path(tempfile.mkdtemp(prefix="key-", dir=folder))
    try:
        os.chown(made, machine.uid_of(places.account) or -1, -1)
        yield made / KEY
        found = (made / KEY).read_text("ascii").strip() if (made / KEY).exists() else ""
        if found:
            forget_key(places)
            keep_key(Secret(found), places, machine, lambda _: None)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _bytes(key: Secret) -> bytes:
    return key.value.encode("ascii") + b"\n"


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(f"the folder {folder} cannot be made: {error.strerror}") from error


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
