"""Where config.toml may stand. By itself, so that it can be asked for without what reads one."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from monitor.errors import ConfigError
from monitor.homes import NoHome, home_folder

PROGRAM = "reupload-monitor"
PREFIX = "REUPLOAD_MONITOR_"
KEY_LOST = (
    f"If it is lost, your identity (identity.age, or the key on the recovery sheet) gives it back: {PROGRAM} "
    "recover-key --identity FILE"
)
"""Of the store's key: said wherever it is missed."""


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that counts, None when there is none. A file that was named but is missing raises
    ConfigError."""
    for named, origin in ((path, "--config"), (environ.get(f"{PREFIX}CONFIG"), f"${PREFIX}CONFIG")):
        if named:
            if not is_a_file(Path(named)):
                raise ConfigError(
                    f"{origin} names {named}, which is not a file",
                    remedy=f"Correct the path, or make one: `{PROGRAM} --config {named} init`.",
                    file=str(named),
                )
            return Path(named)
    return next((place for place in places(environ) if is_a_file(place)), None)


def is_a_file(place: Path) -> bool:
    """Whether it is a file; what may not be looked at is none."""
    try:
        return place.is_file()
    except PermissionError:
        return False


def shut_place(environ: Mapping[str, str]) -> Path | None:
    """Where a configuration may lie that is not for this account: of a service of this machine."""
    place = places(environ)[-1]
    try:
        place.stat()
    except PermissionError:
        return place.parent
    except OSError:
        pass
    return None


def is_set_up(path: Path | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a configuration to be read. A file that was named but is missing: no."""
    named = path or environ.get(f"{PREFIX}CONFIG")
    files = [Path(named)] if named else places(environ)
    return any(is_a_file(place) for place in files) or f"{PREFIX}DATA_DIR" in environ


def is_this_folders(path: Path | None, named: Path | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether it was taken only because it stands in the folder that the command was called in. named: --config."""
    return path == places(environ)[0].absolute() and not named and not environ.get(f"{PREFIX}CONFIG")


def home_config(environ: Mapping[str, str] = os.environ) -> Path:
    """Where `init` writes when no place is named."""
    base = environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else home_folder() / ".config") / PROGRAM / "config.toml"


def place_of_new(named: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where one is made that is not there yet. named: --config."""
    given = named or environ.get(f"{PREFIX}CONFIG")
    return Path(given).absolute() if given else home_config(environ)


def calling(path: Path | None, environ: Mapping[str, str] = os.environ) -> str:
    """The program with what makes it find this configuration wherever a command is typed, quoted for a shell: its name
    alone where it finds it by itself. path: of the configuration; None where there is only the environment."""
    found = next((place for place in places(environ)[1:] if is_a_file(place)), places(environ)[-1])
    if path is None or path.absolute() == found.absolute():
        return PROGRAM
    return f"{PROGRAM} --config {shlex.quote(str(path.absolute()))}"


def places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """In the order in which they are looked at."""
    try:
        home = [home_config(environ)]
    except NoHome:
        home = []
    return Path("config.toml"), *home, Path(f"/etc/{PROGRAM}/config.toml")
