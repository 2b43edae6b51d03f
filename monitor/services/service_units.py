"""The units as text, and where everything of a service lies. `units/` has the text once: what is shipped, and what
`service install` fills in for this machine."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from monitor.config_places import PROGRAM
from monitor.errors import UsageError
from monitor.homes import home_folder

KEY = "database.key"  # the credential's name
PARTS = ("fetcher", "browser", "review")
"""Beside the core: each a socket, and a unit that is started for each connection to it."""
NEED_NAMESPACES = (
    *("AmbientCapabilities", "CapabilityBoundingSet", "InaccessiblePaths", "PrivateDevices", "PrivateMounts"),
    *("PrivateNetwork", "PrivateTmp", "PrivateUsers", "ProtectClock", "ProtectControlGroups", "ProtectHome"),
    *("ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc"),
    "ProtectSystem",
)
_RELOADS_SINCE = 253  # Type=notify-reload
_LOOKS_SINCE = 252  # in the folders for credentials
_MADE = "X-Made"  # systemd reads no section whose name begins with X-
_WRITTEN = "# Written by `service install`; `service remove` takes it away. What stands below [X-Made] is for that.\n"
_NAME = r"[a-z][a-z0-9-]{0,30}"  # of an account, a unit and a folder alike


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlaces:
    """unit: of the core; the others lie beside it. parts: the folder of the parts' sockets. sealed_key, plain_key:
    where the store's key lies for systemd alone; sealed for this machine, or plain. None of these in one's own service,
    whose key is a file that `config.toml` names."""

    name: str
    is_system: bool
    unit: Path
    config: Path
    data: Path
    parts: Path
    sealed_key: Path | None = None
    plain_key: Path | None = None

    @property
    def account(self) -> str:
        return self.name

    @property
    def folders(self) -> tuple[Path, Path]:
        return self.config.parent, self.data


def checked_name(name: str) -> str:
    """Raises UsageError."""
    if not _is_name(name):
        raise UsageError(
            f"{name!r} cannot be the name of a service",
            remedy="Small letters, digits and hyphens, a letter first, at most 31: --name regular-checks, say.",
        )
    return name


def _is_name(name: str) -> bool:
    return re.fullmatch(_NAME, name) is not None and not name.endswith("-")


def system_places(name: str, root: Path = Path("/")) -> ServicePlaces:
    return ServicePlaces(
        name=name,
        is_system=True,
        unit=root / f"etc/systemd/system/{name}.service",
        config=root / f"etc/{name}/config.toml",
        data=root / f"var/lib/{name}",
        parts=root / f"run/{name}-parts",
        sealed_key=root / f"etc/credstore.encrypted/{name}.{KEY}",
        plain_key=root / f"etc/credstore/{name}.{KEY}",
    )


def user_places(name: str, environ: Mapping[str, str]) -> ServicePlaces:
    def base(variable: str, usual: str) -> Path:
        given = environ.get(variable, "")
        return Path(given) if os.path.isabs(given) else home_folder() / usual

    config, data = base("XDG_CONFIG_HOME", ".config"), base("XDG_DATA_HOME", ".local/share")
    return ServicePlaces(
        name=name,
        is_system=False,
        unit=config / f"systemd/user/{name}.service",
        config=config / name / "config.toml",
        data=data / name,
        parts=Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}") / f"{name}-parts",
    )


def places_of_config(config: Path, environ: Mapping[str, str]) -> ServicePlaces | None:
    """Of the service that a configuration belongs to, by where it lies. None: it lies where no service has one."""
    name = config.parent.name
    if not _is_name(name):
        return None
    return next((found for found in (system_places(name), user_places(name, environ)) if found.config == config), None)


def unit_names(name: str) -> tuple[str, ...]:
    """The files of a service; the core's, by which it is started and stopped, last."""
    parts = (f"{name}-{part}" for part in PARTS)
    return (*(file for part in parts for file in (f"{part}.socket", f"{part}@.service")), f"{name}.service")


def own_units(places: ServicePlaces) -> tuple[Path, ...]:
    """Those of them that are there, or that one looks for."""
    return tuple(places.unit.with_name(name) for name in unit_names(places.name))


@dataclass(frozen=True, slots=True)
class SystemdFacts:
    """Of the systemd that reads the units. version: 0 where it does not say. has_namespaces: whether it may make some,
    which an account's own may not everywhere."""

    version: int = 0
    has_namespaces: bool = True


def shipped_unit(file: str, *, is_system: bool) -> str:
    """file: under the program's own name."""
    return resources.files(__package__).joinpath("units", "system" if is_system else "user", file).read_text("utf-8")


def unit_texts(
    places: ServicePlaces,
    command: Sequence[str],
    facts: SystemdFacts = SystemdFacts(),  # frozen
    *,
    lingers: bool = False,
) -> dict[Path, str]:
    """The shipped units with what is so on this machine, in the order in which they are written. command: what starts
    the program, as absolute words. lingers: `service install` let the account's services run while nobody is logged in,
    and `service remove` ends that."""
    shipped = zip(own_units(places), unit_names(PROGRAM), strict=True)
    return {path: _filled(file, places, command, facts, lingers=lingers) for path, file in shipped}


def _filled(file: str, places: ServicePlaces, command: Sequence[str], facts: SystemdFacts, *, lingers: bool) -> str:
    text = shipped_unit(file, is_system=places.is_system)
    text = text[text.index("[Unit]") :]
    if not places.is_system:  # before the name, of which these are made as a rule
        text = text.replace(f"%h/.local/share/{PROGRAM}", "@DATA@").replace(f"%h/.config/{PROGRAM}", "@CONFIG@")
    text = text.replace(PROGRAM, places.name)
    text = _with_line(text, "ExecStart", " ".join(map(_word, [command[0], *_arguments(file, places, command)])))
    for key, path in (("LoadCredentialEncrypted", places.sealed_key), ("LoadCredential", places.plain_key)):
        if path is not None and path.exists():
            # By its name alone, systemd looks for it, and starts the unit without it too: the program then says which
            # is missing, and what makes it.
            named = path.name if facts.version >= _LOOKS_SINCE else path
            text = re.sub(rf"(?m)^#{key}=.*$", f"{key}={KEY}:{named}", text)
    if not places.is_system:
        text = _with_word(_with_word(text, "@DATA@", places.data), "@CONFIG@", places.config.parent)
        if not facts.has_namespaces:
            text = re.sub(rf"(?m)^(?:{'|'.join(NEED_NAMESPACES)})=.*\n", "", text)
    if facts.version >= _RELOADS_SINCE:
        text = re.sub(r"(?m)^# From systemd 253.*\nExecReload=.*\n", "", text)
        text = text.replace("Type=notify\n", "Type=notify-reload\n")
    made = f"[{_MADE}]\nLinger={'yes' if lingers else 'no'}\n"
    return f"{_WRITTEN}\n{text.rstrip()}\n\n{made}"


def _arguments(file: str, places: ServicePlaces, command: Sequence[str]) -> list[str]:
    part = next((part for part in PARTS if file.startswith(f"{PROGRAM}-{part}")), None)
    words = ["--config", str(places.config), "run"] if part is None else ["part", part]
    return [word.replace("$", "$$") for word in (*command[1:], *words)]


def lingers_for(unit: str) -> bool | None:
    """None for a unit that `service install` did not write."""
    found = configparser.RawConfigParser(strict=False)
    try:
        found.read_string(unit)
        return found[_MADE].get("linger") == "yes"
    except (configparser.Error, KeyError):
        return None


def _with_word(text: str, stands_for: str, path: Path) -> str:
    """In place of it, with what stands before it in the same word."""
    return re.sub(rf"(\S*){stands_for}", lambda found: _word(f"{found[1]}{path}"), text)


def _with_line(text: str, key: str, value: str) -> str:
    return re.sub(rf"(?m)^{key}=.*$", lambda _: f"{key}={value}", text, count=1)


def _word(text: str) -> str:
    """systemd.syntax(7): a percent sign stands for something else unless doubled. So does a dollar sign, but among the
    arguments of a command alone (systemd.service(5))."""
    text = text.replace("\\", "\\\\").replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./$-]+", text):
        return text
    quoted = text.replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'
