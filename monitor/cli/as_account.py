"""As root, on an installation that is another account's (a service of this machine, say): what root types is done as
that account. Otherwise it would be refused, or leave files behind that the account cannot read."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.cli import options, printing
from monitor.config_places import PREFIX, find, is_this_folders
from monitor.errors import MonitorError

AS_ROOT = ("demo", "guide", "service")
READS: Mapping[str, tuple[str, ...]] = {
    "alerts": ("add",),
    "enroll": (),
    "evidence": ("add", "export", "recipients", "verify"),
    "match": (),
    "recover-key": (),
    "references": ("export", "import"),
    "reports": ("response",),
    "restore": (),
}
"""Commands (of a group, which) that read files which the person names: photos lie where she alone may read them. None
of these visits a site."""

_PLAIN = (
    "PATH",
    "TERM",
    "COLORTERM",
    "LANG",
    "LANGUAGE",
    "TZ",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "PAGER",
    "SUDO_UID",
)  # whose browser `review` lets in


def plain_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """For a command of another account: the person's terminal and language, and nothing else of root's."""
    return {name: value for name, value in environ.items() if name in _PLAIN or name.startswith(("LC_", PREFIX))}


def done_as_account(rest: Sequence[str]) -> int | None:
    """The exit code of the command, which was run as the account. None where root is to do it himself. rest: the words
    without --config, --case and --debug, which `options.given` has. Raises WorkFailed, Locked."""
    command = next((word for word in rest if not word.startswith("-")), "")
    config = None if command in ("", *AS_ROOT) or {"-h", "--help"} & {*rest} else _another_s(command)
    if config is None:
        return None
    import pwd

    try:
        account = pwd.getpwuid(config.stat().st_uid)
    except KeyError:
        return None
    from monitor.services import service_keys
    from monitor.services.service_machine import ThisMachine
    from monitor.services.service_setup import command_words
    from monitor.services.service_units import system_places

    machine, places = ThisMachine(is_system=True), system_places(account.pw_name)
    words = [*command_words(sys.argv[0], sys.executable), *_common(), *rest]
    environ = {**plain_environment(), f"{PREFIX}CONFIG": str(config), "HOME": account.pw_dir, "USER": account.pw_name}
    environ.setdefault("SUDO_UID", "0")  # who acts is root, and not the account
    if sys.stderr.isatty():
        printing.say(f"(as the account {account.pw_name})")
    is_service = places.config == config
    if command == "recover-key" and is_service and not {"--to", "--bare"} & {*rest}:
        with service_keys.new_place(places, machine) as file:
            made = [*words, "--bare", "--to", str(file)]
            code = machine.run_as(account.pw_name, made, environ, reads_all=True)
        if code == 0:
            printing.say(f"It is the service's key again. Start the service: systemctl restart {places.name}")
        return code
    with service_keys.lent_key(places, machine) if is_service else service_keys.NO_KEY as lent:
        return machine.run_as(account.pw_name, words, {**environ, **lent}, reads_all=_reads(rest))


def _reads(rest: Sequence[str]) -> bool:
    command, of_group = ([word for word in rest if not word.startswith("-")] + [""])[:2]
    which = READS.get(command)
    return which is not None and (not which or of_group in which)


def _another_s(command: str) -> Path | None:
    """The configuration that counts, where it is an account's and not root's. What lies in the folder that root happens
    to be in is taken for nobody's."""
    named = options.given.config
    if command == "init" and options.given.case is None:
        return None  # makes a configuration
    try:
        found = find(named, os.environ)
        if found is None or is_this_folders(found.absolute(), named) or found.stat().st_uid == 0:
            return None
    except (MonitorError, OSError):  # told by whoever reads it
        return None
    return found.absolute()


def _common() -> list[str]:
    given = options.given
    return [*(("--case", given.case) if given.case else ()), *(("--debug",) if given.debug else ())]
