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

KEY = "database.key"  # the credential's name
_MADE = "X-Made"  # systemd reads no section whose name begins with X-
_WRITTEN = "# Written by `service install`; `service remove` takes it away. What stands below [X-Made] is for that.\n"
_NAME = r"[a-z][a-z0-9-]{0,30}"  # of an account, a unit and a folder alike


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlaces:
    """credential: where the store's key lies for systemd alone; sealed for this machine, or plain. None of these in
    one's own service, whose key is a file that `config.toml` names."""

    name: str
    is_system: bool
    unit: Path
    config: Path
    data: Path
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
    if not re.fullmatch(_NAME, name) or name.endswith("-"):
        raise UsageError(
            f"{name!r} cannot be the name of a service",
            remedy="Small letters, digits and hyphens, a letter first, at most 31: --name regular-checks, say.",
        )
    return name


def system_places(name: str, root: Path = Path("/")) -> ServicePlaces:
    return ServicePlaces(
        name=name,
        is_system=True,
        unit=root / f"etc/systemd/system/{name}.service",
        config=root / f"etc/{name}/config.toml",
        data=root / f"var/lib/{name}",
        sealed_key=root / f"etc/credstore.encrypted/{name}.{KEY}",
        plain_key=root / f"etc/credstore/{name}.{KEY}",
    )


def user_places(name: str, environ: Mapping[str, str]) -> ServicePlaces:
    def base(variable: str, usual: str) -> Path:
        given = environ.get(variable, "")
        return Path(given) if os.path.isabs(given) else Path.home() / usual

    config, data = base("XDG_CONFIG_HOME", ".config"), base("XDG_DATA_HOME", ".local/share")
    return ServicePlaces(
        name=name,
        is_system=False,
        unit=config / f"systemd/user/{name}.service",
        config=config / name / "config.toml",
        data=data / name,
    )


def shipped_unit(*, is_system: bool) -> str:
    return resources.files(__package__).joinpath("units", f"{'system' if is_system else 'user'}.service").read_text()


def unit_text(places: ServicePlaces, command: Sequence[str], *, lingers: bool = False) -> str:
    """The shipped unit with what is so on this machine. command: what starts the program, as absolute words. lingers:
    `service install` let the account's services run while nobody is logged in, and `service remove` ends that."""
    text = shipped_unit(is_system=places.is_system)
    text = text[text.index("[Unit]") :].replace(PROGRAM, places.name)
    arguments = [word.replace("$", "$$") for word in (*command[1:], "--config", str(places.config), "run")]
    start = " ".join(map(_word, [command[0], *arguments]))
    text = _with_line(text, "ExecStart", start)
    if places.is_system:
        for key, path in (("LoadCredentialEncrypted", places.sealed_key), ("LoadCredential", places.plain_key)):
            if path is not None and path.exists():
                text = text.replace(f"#{key}={KEY}:", f"{key}={KEY}:")
                text = _with_line(text, key, f"{KEY}:{path}")
    else:
        text = _with_line(text, "Environment", _word(f"STATE_DIRECTORY={places.data}"))
    made = f"[{_MADE}]\nLinger={'yes' if lingers else 'no'}\n"
    return f"{_WRITTEN}\n{text.rstrip()}\n\n{made}"


def lingers_for(unit: str) -> bool | None:
    """None for a unit that `service install` did not write."""
    found = configparser.RawConfigParser(strict=False)
    try:
        found.read_string(unit)
        return found[_MADE].get("linger") == "yes"
    except (configparser.Error, KeyError):
        return None


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
