"""A configuration that was written by hand before anything was set up, and names a database: the way on from there."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from monitor import tomlfile
from monitor.config import key_file_named, load
from monitor.config_places import calling
from monitor.errors import Locked, MonitorError, UsageError
from monitor.setup_request import SetUpRequest
from monitor.tomlfile import Problem


def refuse_by_hand(request: SetUpRequest, environ: Mapping[str, str]) -> None:
    """Raises UsageError where it names a database, and no key is here for what is in it."""
    from monitor.store.keys import load_key

    path = request.config
    try:
        settings = load(path, environ, without_key=True)
    except MonitorError:
        return
    if settings.database.url is None:
        return
    try:
        load_key(load(path, environ))
    except Locked:
        pass
    except MonitorError:
        if (named := key_file_named(path)) is None or os.path.lexists(named):
            return
    else:
        return
    aside = _free(path)
    written = _url_file(path) or request.database_url_file
    key = request.store_key_file or key_file_named(path)
    typed = f"{calling(path, environ)} init --database-url-file {shlex.quote(str(written)) if written else 'FILE'}"
    typed += f" --data-dir {shlex.quote(str(settings.data_dir))}"
    typed += f" --store-key-file {shlex.quote(str(key))}" if key else ""
    into = "" if written else "Write the address of the database into a file that only you can read (FILE). "
    raise UsageError(
        f"{path} exists already and names a database, and there is no key here for what is in it",
        remedy="Was it set up from another machine? Then no `init` is needed: take its configuration and the store's "
        f"key over. Was nothing set up yet? `init` writes a configuration of its own, so put yours aside first. {into}"
        f"Then: mv {shlex.quote(str(path))} {shlex.quote(str(aside))} && {typed}. What yours says besides, [queue] "
        "for example, you add to the new one.",
    )


def _url_file(path: Path) -> Path | None:
    document = tomlfile.read(path)
    table = {} if isinstance(document, Problem) else document.data.get("database", {})
    named = table.get("url_file") if isinstance(table, dict) else None
    return (path.parent / os.path.expanduser(named)).absolute() if isinstance(named, str) and named else None


def _free(path: Path) -> Path:
    free, number = path.with_name(f"{path.name}.by-hand"), 1
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}.by-hand-{number}")
    return free
