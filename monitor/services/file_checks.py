"""Of what `doctor` looks at: whether anybody else can read or change the files that keep this private."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from monitor.config_edit import SECRETS
from monitor.model.check import FAULT, OK, WARNING, Check
from monitor.model.settings import Settings
from monitor.plain import several

FOR_OTHERS = 0o007
FOR_GROUP = 0o070


def permission_checks(settings: Settings) -> Iterator[Check]:
    """Configuration and data; then every file that holds a key, token or password."""
    paths = [path for path in (settings.data_dir, settings.path) if path is not None and path.exists()]
    secrets = _secrets(settings)
    bad = [*_open_secrets(secrets), *_open_places([*paths, *secrets], paths)]
    yield from bad
    if not bad:
        more = f", and so are {several(len(secrets), 'file', 'files')} with keys or passwords" if secrets else ""
        yield Check("permissions", OK, f"configuration and data are for this user only{more}")


def _open_secrets(secrets: Sequence[Path]) -> Iterator[Check]:
    to_all = [path for path in secrets if path.stat().st_mode & FOR_OTHERS and _is_on_the_way(path)]
    to_a_group = [path for path in secrets if path not in to_all and _is_for_a_group(path)]
    if to_all:
        message = f"every user of this machine can read {_listed(to_all)}, which holds a key, token or password"
        remedy = f"{_chmod(to_all)}. Whoever has read it still knows it: a new password is safer."
        yield Check("permissions", FAULT, message, remedy)
    if to_a_group:
        message = f"other users, of its group, can read {_listed(to_a_group)}, which holds a key, token or password"
        yield Check("permissions", WARNING, message, _chmod(to_a_group))


def _open_places(owned: Sequence[Path], paths: Sequence[Path]) -> Iterator[Check]:
    loose = [path for path in paths if path.stat().st_mode & (FOR_OTHERS | FOR_GROUP)]
    foreign = [path for path in owned if path.stat().st_uid not in (os.getuid(), 0)]
    if loose:
        yield Check("permissions", WARNING, f"others may look into {_listed(loose)}", _chmod(loose))
    if foreign:
        yield Check("permissions", WARNING, f"{_listed(foreign)} belongs to another user", "Use chown on it.")


def _secrets(settings: Settings) -> list[Path]:
    """As `<key>_file` names them, what `alerts add` made, and identities that lie beside the configuration."""
    found = dict.fromkeys(settings.secret_files)
    if settings.path is not None:
        folder = settings.path.parent
        found |= dict.fromkeys([*sorted((folder / SECRETS).glob("*")), *sorted(folder.glob("*.age"))])
    return [path for path in found if path.is_file()]


def _is_on_the_way(path: Path) -> bool:
    """Whether every folder above it lets everybody pass."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _is_for_a_group(path: Path) -> bool:
    """But where root gave it to one: a service reads its files so."""
    found = path.stat()
    reached = all(folder.stat().st_mode & (stat.S_IXOTH | stat.S_IXGRP) for folder in path.resolve().parents)
    return bool(found.st_mode & FOR_GROUP) and reached and not (found.st_uid == 0 and found.st_gid != 0)


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))


def _chmod(paths: Sequence[Path]) -> str:
    return f"chmod go= {shlex.join(map(str, paths))}"
