"""The enrolled photos as a whole, sealed, to be carried elsewhere and back (`matching.carried`).

Whose it is decides what comes back. What this store wrote for this case is its own, and so is what a passphrase opens:
nobody else can have written it. Anybody can seal to a public key: what came so from elsewhere is foreign, for which one
needs authority and a reason, and which matches by hash only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.clock import Clock
from monitor.errors import UsageError, WorkFailed
from monitor.matching.carried import MAX_CARRIED_BYTES, CarriedSet, dump_carried, load_carried
from monitor.matching.joining import join
from monitor.model.enrolment import TakenIn
from monitor.model.fingerprint import Fingerprint, Reference, ReferenceOrigin, Version
from monitor.model.ids import CaseId, ReferenceId, new_id
from monitor.model.settings import Secret
from monitor.plain import plain
from monitor.ports import Store
from monitor.services.unsealing import unsealing
from monitor.vault import handed_over


@dataclass(frozen=True, slots=True)
class OpenedSet:
    """is_vouched: a passphrase opened it."""

    carried: CarriedSet
    is_vouched: bool


@dataclass(frozen=True, slots=True)
class SealingWish:
    """recipients: age public keys; none: under the passphrase."""

    recipients: Sequence[str] = ()
    passphrase: Secret | None = None


def write_sealed(store: Store, case: CaseId, out: Path, wish: SealingWish) -> int:
    """How many photos are in it. A new file, whole or not there. Raises UsageError, SealError, WorkFailed."""
    pictures = store.references.all(case)
    content = dump_carried(case, pictures, lambda body: store.mark(case, body))
    if len(content) > MAX_CARRIED_BYTES:
        raise WorkFailed("there are too many photos for one file", remedy="`references export` writes their hashes.")
    if wish.passphrase is not None:
        sealed = handed_over.sealed_under(content, wish.passphrase)
    else:
        sealed = handed_over.sealed_to(content, wish.recipients)
    _write_new(out, sealed)
    return len(pictures)


def _write_new(out: Path, content: bytes) -> None:
    try:
        with out.open("xb") as file:
            try:
                file.write(content)
            except OSError:
                out.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise UsageError(f"{out} exists already", remedy="Nothing is overwritten: give another name.") from None
    except OSError as error:
        raise WorkFailed(f"{out} cannot be written: {error.strerror}", remedy="Give another place.") from error


def is_sealed_set(start: bytes) -> bool:
    """From the first bytes of a file."""
    return handed_over.is_sealed(start)


def open_sealed_set(
    store: Store, path: Path, *, identity: Path | None, ask: Callable[[bool], Secret | None], clock: Clock
) -> OpenedSet:
    """ask: for the passphrase, of the file itself (True) or of the identity; None where there is nobody to ask. Raises
    UsageError, Locked, SealError, WorkFailed."""
    try:
        with path.open("rb") as file:
            sealed = file.read(MAX_CARRIED_BYTES + 1)
    except OSError as error:
        raise WorkFailed(f"{path} cannot be read: {error.strerror}", remedy="Give a file that you may read.") from error
    if handed_over.takes_passphrase(sealed):
        passphrase = ask(True)
        if passphrase is None:
            raise handed_over.no_passphrase_given()
        return OpenedSet(load_carried(handed_over.unsealed_under(sealed, passphrase)), True)
    if identity is None:
        raise UsageError(f"{path} is sealed to a key", remedy="Give the identity that opens it: --identity FILE.")
    with unsealing(store, identity, lambda: ask(False), clock) as unsealer:
        return OpenedSet(load_carried(handed_over.unsealed_by(unsealer, path, MAX_CARRIED_BYTES)), False)


def take_in_carried(
    store: Store, opened: OpenedSet, case: CaseId, *, may_be_foreign: bool, log: Callable[[int], None], now: datetime
) -> TakenIn:
    """All or nothing. may_be_foreign: authority and reason were given. log: how many foreign photos came. What is
    enrolled already stays, and gains what it had not. Raises UsageError."""
    carried = opened.carried
    is_marked = carried.case == case and carried.is_of(lambda content: store.mark(case, content))
    is_own = is_marked or (opened.is_vouched and carried.case == case)
    if not is_own and not may_be_foreign:
        raise _foreign(carried, case, opened.is_vouched)
    with store.transaction():
        taking = _Taking(store, case, now, keeps_ids=is_marked)
        for picture in carried.pictures:
            taking.take(picture if is_own else _by_hash_alone(picture))
        if not is_own and taking.taken:
            log(len(taking.taken))
    return TakenIn(tuple(taking.taken), (), (), sum(len(picture.versions) for picture in carried.pictures))


class _Taking:
    def __init__(self, store: Store, case: CaseId, now: datetime, *, keeps_ids: bool) -> None:
        self._store, self._case, self._now, self._keeps_ids = store, case, now, keeps_ids
        known = store.references.all(case)
        self._holders = {version.fingerprint.pdq.bits: item.id for item in known for version in item.versions}
        self._ids = {item.id for item in known}
        self._renamed = dict[str, ReferenceId]()
        self.taken = list[tuple[str, str]]()

    def take(self, picture: Reference) -> None:
        held = next((self._holders.get(version.fingerprint.pdq.bits) for version in picture.versions), None)
        before = self._store.references.get(self._case, held) if held is not None else None
        if before is None:
            self._keep(self._fresh(picture), picture.versions)
            return
        self._renamed[picture.id] = before.id
        joined, added = before, list[Version]()
        for version in picture.versions:
            more = join(joined, version)
            if more is not None:
                joined = more
                added.append(version)
        if added:
            self._keep(joined, added)

    def _fresh(self, picture: Reference) -> Reference:
        """Under its id where this store gave it: ids are of all cases, and another store's say nothing here."""
        keeps = self._keeps_ids and picture.id not in self._ids
        id_ = picture.id if keeps else ReferenceId(new_id(self._now))
        self._renamed[picture.id] = id_
        is_foreign = picture.origin is ReferenceOrigin.FOREIGN_LIST
        return replace(
            picture,
            id=id_,
            case=self._case,
            enrolled_at=self._now,
            origin=picture.origin if is_foreign else ReferenceOrigin.OWN_LIST,
            session=self._renamed.get(picture.session, "") if picture.session else "",
        )

    def _keep(self, picture: Reference, added: Iterable[Version]) -> None:
        self._store.references.add(picture)
        self._ids.add(picture.id)
        self._holders |= {version.fingerprint.pdq.bits: picture.id for version in picture.versions}
        self.taken += [(picture.id, version.name) for version in added]


def _by_hash_alone(picture: Reference) -> Reference:
    return replace(
        picture,
        fingerprint=_hashes(picture.fingerprint),
        further=tuple(replace(version, fingerprint=_hashes(version.fingerprint)) for version in picture.further),
        origin=ReferenceOrigin.FOREIGN_LIST,
    )


def _hashes(fingerprint: Fingerprint) -> Fingerprint:
    return replace(fingerprint, features=None, luma=None, outlines=())


def _foreign(carried: CarriedSet, case: CaseId, is_vouched: bool) -> UsageError:
    if is_vouched:
        return UsageError(
            f"these photos are of the case {plain(carried.case, 60)!r}, not of {case!r}",
            remedy="Take them in with the option --case and that name. Into another case only with "
            '--authorised representative --reason "...": it is logged, and matches by hash only.',
        )
    return UsageError(
        f"another store wrote it, or for another case than {case!r}, and anybody can seal a file to a public key",
        remedy='It needs --authorised representative --reason "...": it is logged, and matches by hash only. Exported '
        "under a passphrase there, it would come back whole.",
    )
