"""Of what `doctor` looks at: to whom evidence is sealed, what lies in the vault, how well the identity is protected."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from monitor.documents.times import utc_words
from monitor.errors import MonitorError
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.intent import LeftKind
from monitor.model.settings import Settings
from monitor.plain import several
from monitor.ports import Store
from monitor.services.on_server import is_on_server


class HasStore(Protocol):
    @property
    def store(self) -> Store: ...


def evidence_checks(settings: Settings, opened: Callable[[], AbstractContextManager[HasStore]]) -> Iterator[Check]:
    from monitor.pipeline.store_key import in_order
    from monitor.vault.identity import parse_recipients

    yield from _missing(settings, opened)
    if not settings.evidence.recipients:
        yield Check("evidence", WARNING, "none is kept", "Set [evidence] recipients to an age public key.")
        return
    parse_recipients(settings.evidence.recipients)
    yield Check("evidence", OK, f"sealed to {several(len(settings.evidence.recipients), 'key', 'keys')}")
    try:
        with opened() as services:
            sealed = services.store.machine.store_key_sealed()
    except MonitorError:
        return  # told at "store"
    if sealed is None or sealed.recipients != in_order(settings.evidence.recipients):
        message = "the store's own key is not sealed to exactly these keys, so they do not open a backup without it"
        yield Check("evidence", WARNING, message, "It is sealed by the next watch run; if that fails, it says why.")


def _missing(settings: Settings, opened: Callable[[], AbstractContextManager[HasStore]]) -> Iterator[Check]:
    """As after a restore of the store alone: whoever looks whether all is well must not have to ask another."""
    from monitor.vault.folder import VaultFolder

    vault = VaultFolder(settings.vault_dir)
    try:
        with opened() as services:
            missing = services.store.evidence.files() - vault.names().keys()
            why = vault.why_not_there(had_key=services.store.machine.vault_had_key()) if missing else ""
    except MonitorError:
        return  # told at "store"
    if missing and why:
        yield Check(
            "evidence", FAULT, why, f"Mount the disk that {settings.vault_dir} lies on, or put the folder back."
        )
    elif missing:
        message = f"{several(len(missing), 'sealed file', 'sealed files')} that the store names "
        message += f"{'is' if len(missing) == 1 else 'are'} not in {settings.vault_dir}"
        copied = "A backup with all that is kept has them: take it apart (tar -xf FILE), and move what its folder vault"
        if is_on_server(settings):
            copied = "The copies that are made of that folder have them: move what one"
        remedy = f"Which: reupload-monitor evidence verify. {copied} holds to {settings.vault_dir}."
        yield Check("evidence", WARNING, message, remedy)


def vault_checks(settings: Settings) -> Iterator[Check]:
    """What was put aside."""
    from monitor.pipeline.vault_keeping import strays
    from monitor.vault.folder import STRAY, VaultFolder

    aside = strays(VaultFolder(settings.vault_dir))
    if aside is not None:
        message = (
            f"{aside.count} sealed files ({aside.size // 1024 + 1} kB) in {settings.vault_dir / STRAY} are named "
            f"by nothing in the store; put aside since {utc_words(aside.since)}"
        )
        remedy = (
            "They are kept: evidence of a newer store than the one that was restored, or of a find that a crash cut "
            "off. If you have the newer store, put it back: what it names returns by itself. Otherwise open them (age "
            "-d -i IDENTITY FILE) and decide: nothing here removes them."
        )
        yield Check("vault", WARNING, message, remedy)


def recovery_checks(opened: Callable[[], AbstractContextManager[HasStore]], now: datetime) -> Iterator[Check]:
    """What a process that was cut off left over, and whether anything of it is still to be done."""
    from monitor.documents.recovery import recovery_words
    from monitor.pipeline.recovering import last_recovery

    try:
        with opened() as services:
            found = last_recovery(services.store, now)
    except MonitorError:
        return  # told at "store"
    if found is None:
        return
    message = f"at {utc_words(found.at)} something was left over from before: {'; '.join(recovery_words(found))}"
    if found.things.get(LeftKind.LOST):
        remedy = "Put the missing files back from a backup; what they were is in the store and its log all the same."
        yield Check("recovery", WARNING, message, remedy)
    else:
        yield Check("recovery", OK, message)


def passphrase_checks(settings: Settings) -> Iterator[Check]:
    """Of identities beside the configuration, where `init` puts them: how hard it is to guess what opens them."""
    from monitor.vault.passphrase import MAX_HEADER, WORK_FACTOR, machine_memory, memory_for, work_factor

    for path in sorted(settings.path.parent.glob("*.age")) if settings.path else ():
        with path.open("rb") as file:
            factor = work_factor(file.read(MAX_HEADER))
        if factor is None:
            continue
        if factor < WORK_FACTOR:
            message = (
                f"{path} is {2 ** (WORK_FACTOR - factor)} times easier to guess than it should be (work factor "
                f"{factor} in place of {WORK_FACTOR}: it was made while the machine was busy)"
            )
            remedy = f"{renewal(path)} Copies that you made of the old file stay weak: replace them too."
            yield Check("passphrase", WARNING, message, remedy)
        elif memory_for(factor) > machine_memory():
            message = f"{path} takes {memory_for(factor) / 2**30:.3g} GiB to open, more than this machine has"
            yield Check("passphrase", WARNING, message, f"On a larger machine: {renewal(path)}")
        else:
            yield Check("passphrase", OK, f"{path} is protected as it should be")


def renewal(path: Path) -> str:
    """In words and one line for a shell: the identity lies in clear in memory only, and the old file stays until the
    new one is whole."""
    file = shlex.quote(str(path))
    return (
        "Protect it anew with the stock age, which asks for the old passphrase and then for one: "
        f"umask 077; d=$(mktemp -d -p /dev/shm); age -d -o $d/i {file} && age -p -o {file}.new $d/i && "
        f"mv {file}.new {file}; rm -r $d"
    )
