"""What an act is, and what it has to do with: a folder of its own, a gallery and a mail server on loopback."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.app import App, open_app
from monitor.model.settings import (
    AlertSettings,
    AlertUrl,
    CaseSettings,
    CrawlSettings,
    DatabaseSettings,
    EvidenceSettings,
    MatchSettings,
    NetworkSettings,
    Secret,
    Settings,
)
from tests.fakes import FakeClock, InlineReader


@dataclass(frozen=True, slots=True)
class Outside:
    """web: the gallery's address. mail: an Apprise URL. folder: of what both took."""

    web: str
    mail: str
    folder: Path

    def mails(self) -> list[str]:
        """The Message-ID of each mail that the server took."""
        file = self.folder / "mails"
        return file.read_text().split() if file.exists() else []

    def forget(self) -> None:
        (self.folder / "mails").unlink(missing_ok=True)

    def settle(self) -> None:
        """Until no talk is open: what was on its way has been taken, or will never be."""
        with urllib.request.urlopen(f"{self.web}/idle", timeout=60) as answer:
            answer.read()


@dataclass(frozen=True, slots=True)
class World:
    """folder: what the act may touch, and all that it does. begun: when it takes place. recipient, identity: what is
    sealed, and what opens it."""

    folder: Path
    begun: datetime
    outside: Outside
    recipient: str
    identity: Secret

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def mails(self) -> list[str]:
        return self.outside.mails()

    def settings(self) -> Settings:
        return Settings(
            path=None,
            data_dir=self.data,
            watchlist_dir=self.folder / "watchlists",
            case=CaseSettings(name="Avery Example", email="avery@demo.test", jurisdiction="US"),
            database=DatabaseSettings(key=Secret("ab" * 32)),
            evidence=EvidenceSettings(recipients=(self.recipient,)),
            match=replace(MatchSettings(), features=False),
            alerts=AlertSettings(urls=(AlertUrl(url=Secret(self.outside.mail)),)),
            network=replace(NetworkSettings(), allow_networks=("127.0.0.0/8",)),
            crawl=replace(CrawlSettings(), per_host_delay_s=0),
        )

    def opened(self, *, after: timedelta = timedelta(0), screenshots: bool = False) -> App:
        """As the program opens it, so long after the act began. Pictures are read in this process."""
        app = open_app(self.settings(), clock=FakeClock(self.begun + after), screenshots=screenshots)
        app.__dict__["reader"] = InlineReader()
        return app


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the program does, run as a process and killed at each of its writes.

    prepare: fills the world's folder; once. do: the act, in a process of its own that has everything imported. faults:
    in another one, after a kill or after none: opens everything as the program does, lets it finish, and says what is
    wrong; nothing, where all is well.
    """

    name: str
    prepare: Callable[[World], None]
    do: Callable[[World], None]
    faults: Callable[[World], Iterable[str]]
