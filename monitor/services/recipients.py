"""Who can open the evidence: the age public keys that it is sealed to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.errors import Locked, MonitorError, SealError, UsageError, WorkFailed
from monitor.model.custody import CustodyAct
from monitor.model.settings import Secret, Settings
from monitor.pipeline.resealing import Resealed, files_named, reseal
from monitor.pipeline.store_key import in_order, keep_store_key
from monitor.ports import Store
from monitor.services.unsealing import unsealing
from monitor.vault.opening import Unsealer


@dataclass(frozen=True, slots=True)
class RecipientsOverview:
    """key_sealed_to: whom the store's sealed key is sealed to; None = not known. files: in the vault, as the store
    names them."""

    recipients: tuple[str, ...]
    key_sealed_to: tuple[str, ...] | None
    files: int

    @property
    def key_follows(self) -> bool:
        return self.key_sealed_to is not None and set(self.key_sealed_to) == set(self.recipients)


@dataclass(frozen=True, slots=True)
class RecipientsChanged:
    """resealed: None where no identity was given. earlier: files that stay sealed as they were. key_trouble: why the
    store's key could not be sealed anew; '' where it was."""

    recipients: tuple[str, ...]
    resealed: Resealed | None = None
    earlier: int = 0
    key_trouble: str = ""


@dataclass(frozen=True, slots=True)
class RecipientService:
    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def overview(self) -> RecipientsOverview:
        sealed = self.store.machine.store_key_sealed()
        return RecipientsOverview(
            self.settings.evidence.recipients, sealed.recipients if sealed else None, len(files_named(self.store))
        )

    def add(
        self,
        key: str,
        identity: Path | None,
        ask: Callable[[], Secret | None],
        tell: Callable[[str], None] = lambda _: None,
    ) -> RecipientsChanged:
        """identity: opens what is sealed so far, so that the new key opens it too. With it, a key that is there already
        has the old files sealed anew, as after a crash. Raises UsageError, Locked, SealError: before anything was
        changed, where key, identity or configuration is wrong."""
        from monitor.vault.identity import parse_recipients

        key, before = key.strip(), self.settings.evidence.recipients
        try:
            parse_recipients([key])
        except SealError as error:
            raise UsageError(f"{key[:12]!r}... is not an age public key", remedy=error.remedy) from error
        if key in before and identity is None:
            raise UsageError(
                "evidence is sealed to this key already",
                remedy="To have the files from before it was added sealed to it too: --identity FILE.",
            )
        after = before if key in before else (*before, key)
        with self._unsealed(identity, ask) as unsealer:
            if unsealer is not None:
                self._refuse_foreign(unsealer, identity)
            changed = self._write(after)
            if unsealer is None:
                return replace(changed, earlier=len(files_named(self.store)))
            from monitor.vault.age import AgeVault

            vault = AgeVault(self.settings.vault_dir, after)
            try:
                resealed = reseal(unsealer, vault, store=self.store, settings=self.settings, tell=tell)
                about = {"files sealed anew": str(resealed.done), "files left as they were": str(len(resealed.left))}
                self._note(about)
            except MonitorError as error:
                raise _stopped(self.settings.path, error) from error
        return replace(changed, resealed=resealed, earlier=len(resealed.left))

    def make(self, file: Path, passphrase: Secret) -> RecipientsChanged:
        """A new identity, written to `file` under the passphrase, and evidence sealed to it from now on. Raises
        UsageError for a file that is there or would lie inside data_dir, WorkFailed; then nothing is left of it."""
        from monitor.vault.identity import new_identity, protect_identity

        if file.resolve().is_relative_to(self.settings.data_dir.resolve()):
            raise UsageError(
                f"the identity {file} would lie inside data_dir {self.settings.data_dir}, beside what it opens",
                remedy="Name another place for it: on a stick, best of all.",
            )
        identity, key = new_identity()
        _write_new(file, protect_identity(identity, passphrase))
        try:
            return self.add(key, None, lambda: None)
        except BaseException:
            file.unlink(missing_ok=True)
            raise

    def remove(self, key: str) -> RecipientsChanged:
        """What was sealed to it so far it still opens. Raises UsageError."""
        key, before = key.strip(), self.settings.evidence.recipients
        if key not in before:
            raise UsageError(
                "evidence is not sealed to this key", remedy="`reupload-monitor evidence recipients list` shows them."
            )
        changed = self._write(tuple(one for one in before if one != key))
        return replace(changed, earlier=len(files_named(self.store)))

    def _refuse_foreign(self, unsealer: Unsealer, identity: Path | None) -> None:
        """What opens some of the files is hers: each was sealed to those who were recipients then."""
        names = files_named(self.store)
        for name in names:
            with suppress(SealError):  # of that file: told with the others
                if unsealer.opens(self.settings.vault_dir / name):
                    return
        if names:
            raise Locked(
                f"{identity} opens none of the {len(names)} sealed files: nothing was changed",
                remedy="Give the identity whose public key was in [evidence] recipients when they were sealed.",
            )

    @contextmanager
    def _unsealed(self, identity: Path | None, ask: Callable[[], Secret | None]) -> Iterator[Unsealer | None]:
        if identity is None:
            yield None
            return
        with unsealing(self.store, identity, ask, self.clock) as unsealer:
            yield unsealer

    def _note(self, about: Mapping[str, str]) -> None:
        """In the custody log of every case that has not said itself who can open its evidence."""
        with self.store.transaction():
            apart = self.store.case_settings.having("evidence.recipients")
            for case in (one for one in self.store.cases.all() if one.id not in apart):
                self.store.custody.note(case.id, CustodyAct.RECIPIENTS, about, self.clock())

    def _write(self, recipients: tuple[str, ...]) -> RecipientsChanged:
        """The configuration, then the store's key."""
        from monitor.config_edit import recipients_in, write_recipients

        path = self.settings.path
        if path is None or in_order(recipients_in(path)) != in_order(self.settings.evidence.recipients):
            raise UsageError(
                "the recipients do not stand in config.toml: an environment variable or a systemd credential sets them",
                remedy="Change them there. What is sealed from then on follows, the store's key too.",
            )
        before = self.settings.evidence.recipients
        if recipients != before:
            write_recipients(path, recipients)
            added, removed = set(recipients) - set(before), set(before) - set(recipients)
            try:
                self._note({"added": " ".join(added), "removed": " ".join(removed), "now": " ".join(recipients)})
            except MonitorError as error:  # the store is full, say: what is not in the log is not done
                raise _taken_back(path, before, error) from error
        if not recipients:
            return RecipientsChanged(recipients)
        from monitor.store.keys import load_key
        from monitor.vault.age import AgeVault

        try:
            vault = AgeVault(self.settings.vault_dir, recipients)
            keep_store_key(self.store, vault, recipients, lambda: load_key(self.settings))
        except MonitorError as error:
            return RecipientsChanged(recipients, key_trouble=str(error))
        return RecipientsChanged(recipients)


def _write_new(path: Path, content: bytes) -> None:
    """For this user only; never over another file."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", remedy="Nothing is overwritten: name another file.") from error
    except OSError as error:
        raise WorkFailed(f"{path} cannot be written: {error.strerror}", remedy="Name another place.") from error


def _stopped(path: Path | None, error: MonitorError) -> WorkFailed:
    """Some may be sealed anew already: each file is whole, and opens with the keys that it did at least."""
    return WorkFailed(
        f"the key stands in {path}, and new evidence is sealed to it; sealing anew what was kept before stopped: "
        f"{error}",
        remedy=f"{error.remedy} Then run the same command once more: it goes on with the rest.",
    )


def _taken_back(path: Path, before: tuple[str, ...], error: MonitorError) -> WorkFailed:
    from monitor.config_edit import write_recipients

    why = f"the custody log cannot take it up: {error}"
    try:
        write_recipients(path, before)
    except MonitorError:
        return WorkFailed(
            f"the recipients stand changed in {path}, but {why}",
            remedy=f"{error.remedy} Until then evidence is sealed as {path} says: what it says can be put back by "
            "hand, or the log be made whole by taking the change back and making it once more.",
        )
    return WorkFailed(f"nothing was changed: {why}", remedy=f"{error.remedy} Then run the command once more.")
