"""The program as a user has it: configuration and watchlist as files, real fetcher, reader, store and matcher."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from monitor import config, watchlist
from monitor.app import open_app
from monitor.model.case import Attestation, Authority, Case
from monitor.model.match import Tier
from monitor.model.page import Fetched, Purpose, Request
from monitor.model.run import Run
from monitor.model.sighting import Sighting
from monitor.store.store import open_store
from tests.real.real_pictures import Picture

CONFIG = """\
data_dir = "data"
watchlist_dir = "watchlists"
[case]
name = "Avery Example"
email = "avery@example.org"
[database]
key_file = "store.key"
[network]
allow_networks = ["127.0.0.0/8"]
allow_ports = [%(ports)s]
timeout = 60
[crawl]
per_host_delay = 0
[match]
features = false  # what is measured here is what is found on the pages, not how edited copies are recognised
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a first pass saw. fetched: digests of every picture whose bytes were read."""

    report: Run
    sightings: tuple[Sighting, ...]
    fetched: frozenset[str]

    def missing(self, wanted: dict[str, str]) -> list[str]:
        """Names of those whose very bytes were not fetched. wanted: name -> digest."""
        return [name for name, digest in wanted.items() if digest not in self.fetched]

    def matched(self, pictures: Sequence[Picture]) -> set[str]:
        """Labels with a sure find."""
        labels = {s.match.label for s in self.sightings if s.match.tier is Tier.MATCH}
        return {picture.name for picture in pictures} & labels

    @property
    def told(self) -> str:
        errors = "\n".join(f"  {e.kind} {e.url}: {e.message}" for e in self.report.errors)
        images = "\n".join(f"  {s.match.label}: {s.place.image_url} on {s.place.page_url}" for s in self.sightings)
        return f"{self.report.pages} pages, {self.report.images} images\n{errors}\n{images}"


def without_selector(watch: str) -> str:
    """The same watch as somebody writes it who knows no CSS: a depth, and the program chooses the links."""
    chosen = re.sub(r'links = "[^"]*",? *', "", watch)
    if chosen != watch and "depth" not in chosen:
        chosen = chosen.replace("follow = {", "follow = { depth = 1,", 1)
    return chosen.replace(", }", " }")


@dataclass(slots=True)
class Asked:
    """What the fetcher was asked for. A page that was rendered counts with all that its browser loaded."""

    pages: int = 0
    others: int = 0

    def count(self, fetched: Fetched) -> None:
        self.pages += fetched.request.purpose is Purpose.PAGE
        self.others += fetched.request.purpose is not Purpose.PAGE
        self.others += len(fetched.subresources) + len(fetched.data)


def _note(watch: str, asked: Asked, run: Run) -> None:
    """For `bench/follow.py`: one line of JSON a look."""
    if "REAL_ASKED" in os.environ:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[2].partition(" ")[0]
        followed = [asdict(one) for one in run.followed]
        line = {"test": test, "watch": watch, "pages": asked.pages, "others": asked.others, "followed": followed}
        with Path(os.environ["REAL_ASKED"]).open("a") as file:
            file.write(json.dumps(line) + "\n")


async def look(
    folder: Path,
    watch: str,
    pictures: Sequence[Picture],
    *,
    wanted: dict[str, str],
    engines: str = "",
    ports: Sequence[int] = (),
) -> Seen:
    """A pass and a second one. watch: TOML, what stands below [[watch]] and `name`. All the pictures are enrolled."""
    watch = without_selector(watch) if os.environ.get("REAL_FOLLOW") == "chosen" else watch
    asked = Asked()
    folder.mkdir(parents=True)
    (folder / "watchlists").mkdir()
    (folder / "config.toml").write_text(CONFIG % {"ports": ", ".join(map(str, ports))} + engines)
    key = folder / "store.key"
    key.write_text("cd" * 32)
    key.chmod(0o600)
    (folder / "watchlists" / "real.toml").write_text(f'[[watch]]\nname = "real"\nevery = "1h"\n{watch}\n')
    settings = config.load(folder / "config.toml")
    loaded = watchlist.load_all(settings)
    assert not loaded.errors, loaded.errors
    open_store(settings, new=True).close()
    async with open_app(settings) as app:
        app.store.cases.save(
            Case("default", attestation=Attestation(Authority.SELF, app.clock()), created_at=app.clock())
        )
        enrolled = await app.references.enroll([picture.path for picture in pictures], case="default")
        assert not enrolled.skipped
        fetch = app.fetcher.fetch

        async def counting(request: Request) -> Fetched:
            fetched = await fetch(request)
            asked.count(fetched)
            return fetched

        app.fetcher.fetch = counting  # type: ignore[method-assign]
        report = await app.run_watch(loaded.watches[0])
        _note(watch, asked, report)
        before = {(s.match.label, s.place) for s in app.store.sightings.all("default")}
        again = await app.run_watch(loaded.watches[0])
        new = {(s.match.label, s.place) for s in app.store.sightings.all("default")} - before
        assert (again.new_images, again.new_sightings) == (0, 0), f"a second pass over an unchanged place finds {new}"
        fetched = set(app.store.candidates.get("default", wanted.values()))
        return Seen(report, tuple(app.store.sightings.all("default")), frozenset(fetched))
