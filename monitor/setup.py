"""Set-up: keys, the empty store, the first case, and config.toml last, in one go. Nothing is overwritten; what a
failure or Ctrl-C leaves half done is taken away again, folders and the keyring's entry too. See `setup_unfinished`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from monitor.config import default_data_dir, key_file_named, load
from monitor.config_places import PREFIX, calling
from monitor.errors import AttestationMissing, Locked, MonitorError, SealError, UsageError, WorkFailed
from monitor.model.case import Case
from monitor.model.settings import Secret, Settings
from monitor.setup_on_server import refuse_by_hand
from monitor.setup_request import SetUpRequest as SetUpRequest
from monitor.setup_request import config_as_told
from monitor.setup_unfinished import Unfinished, put_aside
from monitor.watchlist_edit import EXAMPLE_WATCHLIST


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpResult:
    """identity: the file that opens the evidence, None when it is elsewhere or nothing is sealed. store_key: where it
    lies, in words."""

    settings: Settings
    recipient: str
    identity: Path | None
    store_key: str


IDENTITY = "identity.age"
"""Beside the configuration."""


def set_up(request: SetUpRequest, *, environ: Mapping[str, str] = os.environ) -> SetUpResult:
    """Raises AttestationMissing, UsageError for what is there already or is wrong, StoreError without a keyring."""
    if request.attestation is None:
        raise AttestationMissing(
            "nothing is set up before it was said that everybody shown was 18 or older when each picture was taken, "
            "and that you are the person shown or act with their authority",
            remedy="Say it with: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
        )
    put_aside(request.config)
    refuse_in_vain(request, environ=environ)
    to = _sealed_to(request)
    with ExitStack() as undo:
        _make_folder(request.config.parent, undo)
        made = Unfinished(request.config)
        with _uninterrupted():
            undo.callback(made.end)
            made.begin()
        settings, store_key = _draft_config(request, to.recipient, environ, made, undo)
        if to.path is not None:
            _write_new(to.path, to.content, made, undo)
        if request.sheet is not None and to.recipient:
            _write_sheet(request, settings, to, made, undo)
        _make_folder(settings.watchlist_dir, undo)
        if not any(settings.watchlist_dir.glob("*.toml")):
            _write_new(settings.watchlist_dir / "example.toml", EXAMPLE_WATCHLIST.encode(), made, undo)
        _first_store(settings, request, made, undo)
        with _uninterrupted():
            _publish(made)
            undo.pop_all()
            made.end()
    settings = load(request.config, environ)
    return SetUpResult(settings=settings, recipient=to.recipient, identity=to.path, store_key=store_key)


def refuse_in_vain(request: SetUpRequest, *, environ: Mapping[str, str] = os.environ) -> None:
    """What can be known before anything is asked or made: nobody answers questions for what cannot be done anyway.
    Raises UsageError, WorkFailed."""
    _refuse_existing(request, environ)
    parse_recipient(request.recipient)
    _refuse_unwritable(request.config.parent)
    identity = request.config.parent / IDENTITY
    if not request.recipient and os.path.lexists(identity):
        raise UsageError(
            f"{identity} exists already: the key of an earlier set-up, perhaps, which opens what was kept then",
            remedy=f"Nothing is overwritten. Put it away first: mv {shlex.quote(str(identity))} A-SAFE-PLACE",
        )
    for what, path in (("recovery sheet", request.sheet), ("key file", request.store_key_file)):
        if path is not None and os.path.lexists(path):
            raise UsageError(f"the {what} {path} exists already, and nothing is overwritten", remedy="Name another.")
    if request.config_text is None:
        refuse_data_dir(data_dir_of(request, environ), request, is_asked=False)


def data_dir_of(request: SetUpRequest, environ: Mapping[str, str] = os.environ) -> Path:
    """Where everything is kept. Raises UsageError where the request and the environment name two places."""
    named = environ.get(f"{PREFIX}DATA_DIR", "")
    if request.data_dir is not None and named and Path(named).absolute() != request.data_dir.absolute():
        raise UsageError(
            f"the environment says that everything is kept in {named}, and {request.data_dir} was asked for",
            remedy=f"Take {PREFIX}DATA_DIR out of the environment, or name the same folder.",
        )
    return (request.data_dir or Path(named or default_data_dir(environ))).absolute()


def refuse_data_dir(path: Path, request: SetUpRequest, *, is_asked: bool = True) -> None:
    """Raises UsageError, WorkFailed for a folder that cannot take what is kept. is_asked: another can be named now."""
    from monitor.store.opening import FILE, traces_of_store

    _refuse_unwritable(path)
    _refuse_traces(path, traces_of_store(path / FILE, path / "vault"), is_asked=is_asked)
    if request.store_key_file is not None and request.store_key_file.resolve().is_relative_to(path.resolve()):
        raise UsageError(
            f"the key {request.store_key_file} would lie inside {path}, and who copies that folder could open it",
            remedy="Name another folder, for the one or for the other.",
        )
    if request.sheet is not None and request.sheet.resolve().is_relative_to(path.resolve()):
        raise UsageError(
            f"the recovery sheet {request.sheet} would lie inside {path}, with what it is to bring back",
            remedy="Name another place for it: on a stick, best of all. Print it, then remove the file.",
        )


def parse_recipient(recipient: str) -> None:
    """Raises UsageError where it is given and no age public key."""
    from monitor.vault.identity import parse_recipients

    try:
        if recipient:
            parse_recipients([recipient])
    except SealError as error:
        raise UsageError(str(error), remedy=error.remedy) from error


@dataclass(frozen=True, slots=True)
class _SealedTo:
    """recipient: '' where nothing is sealed. identity, path, content: of one that was made here."""

    recipient: str = ""
    identity: Secret | None = None
    path: Path | None = None
    content: bytes = b""


def _sealed_to(request: SetUpRequest) -> _SealedTo:
    from monitor.vault.identity import identity_file, new_identity, protect_identity

    if request.recipient:
        return _SealedTo(request.recipient)
    if request.passphrase is None and request.plain_identity is None:
        return _SealedTo()
    identity, recipient = new_identity()
    if request.passphrase is None:
        return _SealedTo(recipient, identity, request.plain_identity, identity_file(identity))
    path = request.config.parent / IDENTITY
    return _SealedTo(recipient, identity, path, protect_identity(identity, request.passphrase))


def _draft_config(
    request: SetUpRequest, recipient: str, environ: Mapping[str, str], made: Unfinished, undo: ExitStack
) -> tuple[Settings, str]:
    """The configuration and the store's key. With the settings as they are read from it, and where the key lies."""
    from monitor.store import keys

    key, key_file = keys.generate_key(), request.store_key_file.absolute() if request.store_key_file else None
    data_dir = data_dir_of(request, environ)
    if request.config_text:
        text = request.config_text(recipient)
    else:
        text = config_as_told(request, recipient, key_file, data_dir)
    if key_file is not None:
        _make_folder(key_file.parent, undo)
        made.note(key_file)
        with _uninterrupted():
            keys.save_key_file(key, key_file, data_dir=data_dir)
            undo.callback(key_file.unlink, missing_ok=True)
    made.draft.unlink(missing_ok=True)
    _write_new(made.draft, text.encode(), None, undo)
    settings = load(made.draft, environ)
    _refuse_old_store(settings)
    if key_file is not None:
        keys.refuse_inside(key_file, settings.data_dir)
        return settings, f"in {key_file}"
    if settings.database.key is not None:
        return settings, "from the environment or a systemd credential"
    # One that is there may open a store that is away, or is of a set-up that was cut off: it is taken.
    if not keys.is_in_keyring(settings.data_dir):
        undo.callback(_forget, settings.data_dir)  # before: the keyring may ask, and be told Ctrl-C there
        keys.save_to_keyring(key, settings.data_dir)
    return settings, "in the keyring"


def _publish(made: Unfinished) -> None:
    try:
        made.publish()
    except FileExistsError as error:
        raise UsageError(f"{made.config} exists already", remedy="Nothing is overwritten: move it away.") from error
    except OSError as error:
        raise WorkFailed(f"{made.config} cannot be written: {error.strerror}", remedy="Name another place.") from error


def _write_sheet(request: SetUpRequest, settings: Settings, to: _SealedTo, made: Unfinished, undo: ExitStack) -> None:
    from monitor.clock import utc_now
    from monitor.guide.recovery_sheet import SheetFacts, recovery_sheet

    sheet = request.sheet or Path()
    at = request.attestation.at if request.attestation else utc_now()
    facts = SheetFacts(
        config=request.config,
        data_dir=settings.data_dir,
        recipient=to.recipient,
        identity=to.path,
        made=at.date(),
        program=calling(request.config),
        on_server=settings.database.url is not None,
    )
    _write_new(sheet, recovery_sheet(facts, to.identity if request.sheet_has_key else None).encode(), made, undo)


def _first_store(settings: Settings, request: SetUpRequest, made: Unfinished, undo: ExitStack) -> None:
    """Opened once, so that it stands migrated, with its key sealed to the recipients and its first case."""
    from monitor.pipeline.store_key import keep_store_key
    from monitor.services.on_server import database_in_use
    from monitor.store.keys import load_key
    from monitor.store.store import open_store
    from monitor.vault.age import AgeVault

    is_new = not os.path.lexists(settings.data_dir)
    _make_folder(settings.data_dir, undo)
    if is_new:
        undo.callback(shutil.rmtree, settings.data_dir, ignore_errors=True)
    made.note(*_files_of(settings))
    for path in _files_of(settings):  # none was there before: see `_refuse_old_store`
        undo.callback(path.unlink, missing_ok=True)
    try:
        store = open_store(settings, new=True)
    except Locked as error:
        if settings.database.url is None:
            raise
        raise database_in_use() from error
    try:
        if settings.database.url is not None and store.cases.all():
            raise database_in_use()
        attestation = request.attestation
        store.cases.save(
            Case(
                settings.case.id,
                settings.case.name,
                attestation,
                attestation.at if attestation else None,
            )
        )
        if settings.evidence.recipients:
            vault = AgeVault(settings.vault_dir, settings.evidence.recipients)
            keep_store_key(store, vault, settings.evidence.recipients, lambda: load_key(settings))
    finally:
        store.close()


def _files_of(settings: Settings) -> list[Path]:
    """What the first opening of a store makes."""
    from monitor.store.opening import FILE
    from monitor.vault.folder import STORE_KEY

    names = [f"{FILE}{end}" for end in ("", "-wal", "-shm", "-journal")]
    return [*(settings.data_dir / name for name in names), settings.vault_dir / STORE_KEY]


def _refuse_existing(request: SetUpRequest, environ: Mapping[str, str]) -> None:
    path = request.config
    if not os.path.lexists(path):
        return
    if data_dir := _without_store(path, environ):
        raise UsageError(
            f"{path} exists already, and there is no store in {data_dir}, where it says",
            remedy="If the disk that it lies on is not there: mount it. If it was lost: restore it from a backup. If "
            "nothing was kept yet, begin anew: put what an earlier `init` made into a folder, then give `init` again. "
            f"Nothing is lost by that: {_put_away(request, data_dir)}",
        )
    refuse_by_hand(request, environ)
    raise UsageError(
        f"{path} exists already, and nothing is overwritten",
        remedy="Use it as it is, name another with --config PATH, or add a case: init --case NAME.",
    )


def _without_store(config: Path, environ: Mapping[str, str]) -> Path | None:
    """The folder that the configuration says, where nothing of a store is but files that were made and never filled."""
    from monitor.store.opening import FILE, traces_of_store

    try:
        settings = load(config, environ, without_key=True)
        if settings.database.url is not None:
            return None
        traces = traces_of_store(settings.data_dir / FILE, settings.vault_dir)
        return None if any(path.is_symlink() or path.stat().st_size for path in traces) else settings.data_dir
    except (MonitorError, OSError):
        return None


def _put_away(request: SetUpRequest, data_dir: Path) -> str:
    """The command that takes everything out of the way of the next `init`."""
    from monitor.store.opening import FILE, traces_of_store

    config = request.config
    named = [config, config.parent / IDENTITY, key_file_named(config), request.store_key_file, request.sheet]
    named += traces_of_store(data_dir / FILE, data_dir / "none")
    there = dict.fromkeys(path.absolute() for path in named if path is not None and os.path.lexists(path))
    folder = config.with_name(f"{config.stem}-put-away")
    number = 1
    while os.path.lexists(folder):
        number += 1
        folder = config.with_name(f"{config.stem}-put-away-{number}")
    return shlex.join(["mkdir", str(folder)]) + " && " + shlex.join(["mv", *map(str, there), str(folder)])


def _refuse_old_store(settings: Settings) -> None:
    from monitor.store.opening import FILE, traces_of_store

    _refuse_traces(settings.data_dir, traces_of_store(settings.data_dir / FILE, settings.vault_dir))


def _refuse_traces(data_dir: Path, traces: Sequence[Path], *, is_asked: bool = False) -> None:
    if traces:
        more = f" and {len(traces) - 1} more" if len(traces) > 1 else ""
        another = "Name another folder: nothing is overwritten."
        raise UsageError(
            f"there is a store in {data_dir} already, or what is left of one: {traces[0].name}{more}",
            remedy=another
            if is_asked
            else f"{another} To open what is there again, put its config.toml back, or if that is lost, write one with "
            f"the line data_dir = {json.dumps(str(data_dir))}. Then: reupload-monitor recover-key --identity FILE",
        )


def _refuse_unwritable(folder: Path) -> None:
    """By the nearest folder that is there. Raises WorkFailed."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    if not there.is_dir():
        raise WorkFailed(f"{there} is not a folder", remedy="Name another place.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise WorkFailed(
            f"nothing can be written in {there} by this user", remedy="Name a place that you may write to."
        )


def _make_folder(path: Path, undo: ExitStack) -> None:
    missing = [place for place in (path, *path.parents) if not place.exists()]
    try:
        for place in reversed(missing):
            with _uninterrupted():
                place.mkdir(mode=0o700, exist_ok=True)
                undo.callback(_remove_empty, place)
    except OSError as error:
        raise WorkFailed(
            f"the folder {path} cannot be made: {error.strerror}", remedy="Name a place that you may write to."
        ) from error


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _forget(data_dir: Path) -> None:
    from monitor.store.keys import forget_in_keyring

    with suppress(MonitorError):
        forget_in_keyring(data_dir)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until what was made stands in the list of what is taken away again."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write_new(path: Path, content: bytes, made: Unfinished | None, undo: ExitStack) -> None:
    """For this user only from the first byte on; never over another file."""
    if made is not None and not os.path.lexists(path):
        made.note(path)
    try:
        with _uninterrupted():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            undo.callback(path.unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", remedy="Nothing is overwritten: move it away.") from error
    except OSError as error:
        raise WorkFailed(f"{path} cannot be written: {error.strerror}", remedy="Name another place.") from error
