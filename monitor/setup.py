"""Set-up: config.toml, keys, the empty store and the first case, in one go. Nothing is overwritten; what a failure
leaves half done is taken away again."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from monitor.config import default_data_dir, load
from monitor.config_places import PREFIX
from monitor.errors import AttestationMissing, SealError, UsageError, WorkFailed
from monitor.model.case import Attestation, Case
from monitor.model.ids import DEFAULT_CASE, CaseId
from monitor.model.settings import Secret, Settings

EXAMPLE_WATCHLIST = """\
# The places to look at. Every file here that ends in .toml is read; try it out with: reupload-monitor watch check
# Take the "#" away and write your own address and name in:

#[[watch]]
#name = "example-forum"
#kind = "page"
#url = "https://forum.example/threads/123"
#every = "2h"
#follow = { links = "a.next", depth = 2 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpRequest:
    """recipient: evidence is sealed to this age public key. passphrase: a new identity is made and protected with it,
    in `identity.age` beside the configuration. plain_identity: a new identity is written there unprotected (the demo).
    With none of the three no evidence is kept. sheet: where a recovery sheet is written, to be printed; sheet_has_key:
    with the key itself, where one is made. store_key_file: None = what the environment gives, else the keyring.
    config_text: writes the whole file, given the recipient ('' = none); None = what `init` writes."""

    config: Path
    attestation: Attestation | None
    case: CaseId = DEFAULT_CASE
    name: str = ""
    email: str = ""
    jurisdiction: str = ""
    recipient: str = ""
    passphrase: Secret | None = None
    plain_identity: Path | None = None
    sheet: Path | None = None
    sheet_has_key: bool = False
    store_key_file: Path | None = None
    config_text: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpResult:
    """identity: the file that opens the evidence, None when it is elsewhere or nothing is sealed. store_key: where it
    lies, in words."""

    settings: Settings
    recipient: str
    identity: Path | None
    store_key: str


def set_up(request: SetUpRequest, *, environ: Mapping[str, str] = os.environ) -> SetUpResult:
    """Raises AttestationMissing, UsageError for what is there already or is wrong, StoreError without a keyring."""
    if request.attestation is None:
        raise AttestationMissing(
            "nothing is set up before it was said that everybody shown was 18 or older when each picture was taken, "
            "and that you are the person shown or act with their authority",
            remedy="Say it with: --adult --authorised self (or representative). "
            "If someone was or may have been under 18: reupload-monitor guide under-18",
        )
    _refuse_existing(request.config)
    to = _sealed_to(request)
    with ExitStack() as undo:
        _make_folder(request.config.parent)
        settings, store_key = _write_config(request, to.recipient, environ, undo)
        if to.path is not None:
            _write_new(to.path, to.content, undo)
        if request.sheet is not None and to.recipient:
            _write_sheet(request, settings, to, undo)
        _make_folder(settings.watchlist_dir)
        if not any(settings.watchlist_dir.glob("*.toml")):
            _write_new(settings.watchlist_dir / "example.toml", EXAMPLE_WATCHLIST.encode(), undo)
        _first_store(settings, request, undo)
        undo.pop_all()
    return SetUpResult(settings=settings, recipient=to.recipient, identity=to.path, store_key=store_key)


@dataclass(frozen=True, slots=True)
class _SealedTo:
    """recipient: '' where nothing is sealed. identity, path, content: of one that was made here."""

    recipient: str = ""
    identity: Secret | None = None
    path: Path | None = None
    content: bytes = b""


def _sealed_to(request: SetUpRequest) -> _SealedTo:
    from monitor.vault.identity import identity_file, new_identity, parse_recipients, protect_identity

    if recipient := request.recipient.strip():
        try:
            parse_recipients([recipient])
        except SealError as error:
            raise UsageError(str(error), remedy=error.remedy) from error
        return _SealedTo(recipient)
    if request.passphrase is None and request.plain_identity is None:
        return _SealedTo()
    identity, recipient = new_identity()
    if request.passphrase is None:
        return _SealedTo(recipient, identity, request.plain_identity, identity_file(identity))
    path = request.config.parent / "identity.age"
    return _SealedTo(recipient, identity, path, protect_identity(identity, request.passphrase))


def _write_config(
    request: SetUpRequest, recipient: str, environ: Mapping[str, str], undo: ExitStack
) -> tuple[Settings, str]:
    """The configuration and the store's key. With the settings as they are read from it, and where the key lies."""
    from monitor.store import keys

    key, key_file = keys.generate_key(), request.store_key_file.absolute() if request.store_key_file else None
    data_dir = Path(environ.get(f"{PREFIX}DATA_DIR") or default_data_dir(environ))
    if request.config_text:
        text = request.config_text(recipient)
    else:
        text = _config_text(request, recipient, key_file, data_dir.absolute())
    if key_file is not None:
        keys.save_key_file(key, key_file, data_dir=data_dir)
        undo.callback(key_file.unlink, missing_ok=True)
    _write_new(request.config, text.encode(), undo)
    settings = load(request.config, environ)
    _refuse_old_store(settings)
    if key_file is not None:
        keys.refuse_inside(key_file, settings.data_dir)
        return settings, f"in {key_file}"
    if settings.database.key is not None:
        return settings, "from the environment or a systemd credential"
    keys.save_to_keyring(key, settings.data_dir)
    return settings, "in the keyring"


def _write_sheet(request: SetUpRequest, settings: Settings, to: _SealedTo, undo: ExitStack) -> None:
    from monitor.clock import utc_now
    from monitor.guide.recovery_sheet import SheetFacts, recovery_sheet

    sheet = request.sheet or Path()
    if sheet.resolve().is_relative_to(settings.data_dir.resolve()):
        raise UsageError(
            f"the recovery sheet {sheet} would lie inside data_dir {settings.data_dir}",
            remedy="Name another place for it: on a stick, best of all. Print it, then remove the file.",
        )
    made = request.attestation.at if request.attestation else utc_now()
    facts = SheetFacts(settings.data_dir, settings.vault_dir, to.recipient, to.path, made.date())
    _write_new(sheet, recovery_sheet(facts, to.identity if request.sheet_has_key else None).encode(), undo)


def _first_store(settings: Settings, request: SetUpRequest, undo: ExitStack) -> None:
    """Opened once, so that it stands migrated, with its key sealed to the recipients and its first case."""
    from monitor.pipeline.store_key import keep_store_key
    from monitor.store.keys import load_key
    from monitor.store.store import open_store
    from monitor.vault.age import AgeVault

    _make_folder(settings.data_dir)
    for name in ("store.db", "store.db-wal", "store.db-shm"):  # none was there before: see `_refuse_old_store`
        undo.callback((settings.data_dir / name).unlink, missing_ok=True)
    store = open_store(settings, new=True)
    try:
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


def _refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise UsageError(
            f"{path} exists already, and nothing is overwritten",
            remedy="Use it as it is, name another with --config PATH, or add a case: init --case NAME.",
        )


def _refuse_old_store(settings: Settings) -> None:
    from monitor.store.opening import FILE, traces_of_store

    traces = traces_of_store(settings.data_dir / FILE, settings.vault_dir)
    if traces:
        more = f" and {len(traces) - 1} more" if len(traces) > 1 else ""
        raise UsageError(
            f"there is a store in {settings.data_dir} already, or what is left of one: {traces[0].name}{more}",
            remedy="Set another data_dir, or write a config.toml for this one by hand. Left over and of no use any "
            "more? Move it away yourself: nothing is overwritten.",
        )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkFailed(
            f"the folder {path} cannot be made: {error.strerror}", remedy="Name a place that you may write to."
        ) from error


def _write_new(path: Path, content: bytes, undo: ExitStack) -> None:
    """For this user only from the first byte on; never over another file."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", remedy="Nothing is overwritten: move it away.") from error
    except OSError as error:
        raise WorkFailed(f"{path} cannot be written: {error.strerror}", remedy="Name another place.") from error
    undo.callback(path.unlink, missing_ok=True)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _config_text(request: SetUpRequest, recipient: str, key_file: Path | None, data_dir: Path) -> str:
    """What `init` was told, and nothing else: every other setting has its default, see config.example.toml."""
    role = request.attestation.authority.value if request.attestation else "self"
    lines = [
        "# Written by `reupload-monitor init`. Everything that is not here has its default;",
        "# config.example.toml names every setting, its default and why.",
        "",
        "# Named here, so that commands and the daemon agree on it whatever their environments say.",
        f"data_dir = {_quoted(str(data_dir))}",
        "",
        "[case]",
        f"id = {_quoted(request.case)}",
        f"name = {_quoted(request.name)}",
        f"email = {_quoted(request.email)}",
        f"jurisdiction = {_quoted(request.jurisdiction)}",
        f"role = {_quoted(role)}",
        "",
    ]
    if key_file is not None:
        lines += ["[database]", f"key_file = {_quoted(str(key_file))}", ""]
    lines += [
        "[alerts]",
        "# Where alerts go, as Apprise URLs (https://appriseit.com/services/), for instance:",
        '# urls = ["mailtos://user:password@mail.example"]',
        "# Better in a file of its own, one URL a line: it holds a password.",
        '# urls_file = "alerts.urls"',
        "",
        "[evidence]",
        "# Public keys that evidence is sealed to. With none, no evidence is kept.",
        f"recipients = [{_quoted(recipient) if recipient else ''}]",
        "",
        "[takedown]",
        "# The name as you sign with it. Left out, the person shown signs with the name in [case].",
        '# signature = ""',
        "",
    ]
    return "\n".join(lines)


def contact_text(request: SetUpRequest) -> str:
    """`[cases.NAME]`: who the notices of a further case speak for."""
    role = request.attestation.authority.value if request.attestation else "self"
    lines = [
        f"[cases.{request.case}]",
        "# Who this case's notices speak for: its own name and address, never those in [case] and [takedown].",
        f"name = {_quoted(request.name)}",
        f"email = {_quoted(request.email)}",
        f"jurisdiction = {_quoted(request.jurisdiction)}",
        f"role = {_quoted(role)}",
        "# Who signs. Left out, the person shown signs with the name above; a representative has to set it.",
        '# signature = ""',
        "",
    ]
    return "\n".join(lines)


def add_contact(request: SetUpRequest) -> bool:
    """Writes it at the end of config.toml; what stands there stays as it is. False where that cannot be: the file is
    not there or not to be written, or would not be read afterwards."""
    path = request.config
    text = "\n" + contact_text(request)
    try:
        old = path.read_bytes()
        after = tomllib.loads((old.decode() + "\n" + text).replace("\r\n", "\n"))
        if not isinstance(after["cases"], dict):  # a list of tables swallows what follows it
            return False
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except (OSError, ValueError):  # a TOML or UTF-8 error is a ValueError
        return False
    with os.fdopen(descriptor, "ab") as file:
        file.write((b"" if old.endswith(b"\n") or not old else b"\n") + text.encode())
        file.flush()
        os.fsync(file.fileno())
    return True


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
