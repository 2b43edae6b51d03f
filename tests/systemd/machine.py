"""A machine in a folder: accounts and systemd as values, files for real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import WorkFailed
from monitor.services.service_machine import ThisMachine
from monitor.services.service_steps import ServiceRequest
from monitor.services.service_units import SystemdFacts, system_places

HERE = Path(__file__)


@dataclass
class AMachine(ThisMachine):
    """fails: the first words that an orderly machine would not fail at. init_code: how the questions end."""

    root: Path
    is_system: bool = True
    fails: tuple[str, ...] = ()
    init_code: int = 0
    sealing: bool = True
    accounts: dict[str, Path] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    known: SystemdFacts = field(default_factory=lambda: SystemdFacts(252))
    ran: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def answers(self) -> bool:
        return True

    def has(self, tool: str) -> bool:
        return self.sealing

    def is_so(self, *words: str) -> bool:
        question, name = words
        return name in {"is-active": self.running, "is-enabled": self.enabled}[question]

    def facts(self, *, is_tried: bool = True) -> SystemdFacts:
        return self.known

    def uid_of(self, account: str) -> int | None:
        return 0 if account in self.accounts else None  # the test's own: what it may give files to

    def is_own_account(self, account: str, home: Path) -> bool:
        return self.accounts.get(account) == home

    def run(self, words: Sequence[str], *, given: bytes | None = None, within_s: float = 0) -> str:
        self.ran.append(tuple(words))
        if self.fails and tuple(words[: len(self.fails)]) == self.fails:
            raise WorkFailed(f"`{words[0]}` did not do it: no")
        match list(words):
            case ["useradd", *_, account]:
                self.accounts[account] = Path(words[words.index("--home-dir") + 1])
            case ["userdel", account]:
                del self.accounts[account]
            case ["systemd-creds", "encrypt", *_, path]:
                Path(path).write_bytes(b"sealed:" + (given or b""))
            case ["systemd-creds", "decrypt", _, path, _]:
                return Path(path).read_bytes().removeprefix(b"sealed:").decode()
            case ["systemctl", "enable", *names]:
                self.enabled |= set(names)
            case ["systemctl", "disable", "--now", *names]:
                self.enabled -= set(names)
                self.running -= set(names)
            case ["systemctl", "restart", name]:
                self.running.add(name)
        return ""

    def run_as(
        self, account: str, command: Sequence[str], environ: Mapping[str, str], *, reads_all: bool = False
    ) -> int:
        self.asked.append(tuple(command))
        credentials = Path(environ["CREDENTIALS_DIRECTORY"]) if "CREDENTIALS_DIRECTORY" in environ else None
        if credentials is not None:
            assert len((credentials / "database.key").read_text().strip()) == 64
        config = Path(command[command.index("--config") + 1])
        if "init" in command and self.init_code == 0:
            config.write_text(f'data_dir = "{environ["REUPLOAD_MONITOR_DATA_DIR"]}"\n')
            Path(environ["REUPLOAD_MONITOR_DATA_DIR"], "store.db").write_bytes(b"")
        if "erase" in command:
            for path in (config, *(self.root / "var/lib/watching").glob("*")):
                path.unlink()
        return self.init_code

    def left(self) -> tuple[set[str], set[str], set[str]]:
        """Files and folders, accounts, enabled services."""
        files = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*")}
        return files, set(self.accounts), set(self.enabled)

    def request(self, **changes: object) -> ServiceRequest:
        values: dict[str, object] = {
            "places": system_places("watching", self.root),
            "command": ("/usr/bin/env",),
            "machine": self,
            "environ": {},
        }
        return ServiceRequest(**{**values, **changes})  # type: ignore[arg-type]
