"""A place without CSS: of real programs, what a watch sees with `follow = { depth = N }` alone, and how many requests
it makes, beside the same watch with a selector written by hand.

    REAL_INSTALL=yes python -m bench.follow [PLACE...]

Each place is a real program on loopback (installed by its package's name, as `make test-real` does), but for vichan,
which no registry has: its pages are made by the markup of its own templates. Truth: which pictures, by digest, a person
sees who opens every thread, post, album or folder.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import follow_places
from bench.follow_places import Place
from monitor import config, watchlist
from monitor.app import open_app
from monitor.cli import follow_words
from monitor.model.case import Attestation, Authority, Case
from monitor.model.page import Fetched, Purpose, Request
from monitor.store.store import open_store
from tests.real.real_monitor import CONFIG


@dataclass
class Asked:
    """Requests of one pass. A page that was rendered counts with all that its browser loaded."""

    pages: int = 0
    pictures: int = 0
    others: int = 0

    def count(self, fetched: Fetched) -> None:
        self.pages += fetched.request.purpose is Purpose.PAGE
        self.pictures += fetched.request.purpose is Purpose.IMAGE
        self.others += fetched.request.purpose not in (Purpose.PAGE, Purpose.IMAGE)
        self.others += len(fetched.subresources) + len(fetched.data)

    @property
    def all(self) -> int:
        return self.pages + self.pictures + self.others


@dataclass
class Result:
    asked: Asked
    again: Asked
    seen: int
    missing: list[str]
    followed: str
    errors: list[str]


async def one_pass(place: Place, follow: str, folder: Path) -> Result:
    """Two passes with a store of their own; the second counts what an unchanged place costs."""
    (folder / "watchlists").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG % {"ports": ""})
    (folder / "store.key").write_text("cd" * 32)
    (folder / "store.key").chmod(0o600)
    render = f'render = "{place.render}"\n' if place.render else ""
    watch = f'[[watch]]\nname = "w"\nevery = "1h"\nkind = "page"\nurl = "{place.url}"\n{render}follow = {follow}\n'
    (folder / "watchlists" / "w.toml").write_text(watch)
    settings = config.load(folder / "config.toml")
    loaded = watchlist.load_all(settings)
    assert not loaded.errors, loaded.errors
    open_store(settings, new=True).close()
    async with open_app(settings) as app:
        attestation = Attestation(Authority.SELF, app.clock())
        app.store.cases.save(Case("default", attestation=attestation, created_at=app.clock()))
        fetch, asked = app.fetcher.fetch, [Asked()]

        async def counting(request: Request) -> Fetched:
            fetched = await fetch(request)
            asked[-1].count(fetched)
            return fetched

        app.fetcher.fetch = counting  # type: ignore[method-assign]
        run = await app.run_watch(loaded.watches[0])
        asked.append(Asked())
        await app.run_watch(loaded.watches[0])
        known = set(app.store.candidates.get("default", place.truth.values()))
    missing = sorted(name for name, digest in place.truth.items() if digest not in known)
    errors = [f"{error.kind} {error.url}" for error in run.errors]
    return Result(asked[0], asked[1], len(place.truth) - len(missing), missing, follow_words.did(run), errors)


def measure(name: str, make: Callable[[Path], contextlib.AbstractContextManager[Place]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="follow-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "place").mkdir()
        with make(folder / "place") as place:
            by_hand = asyncio.run(one_pass(place, place.by_hand, folder / "hand"))
            alone = asyncio.run(one_pass(place, f"{{ depth = {place.depth} }}", folder / "alone"))
    row: dict[str, object] = {"place": name, "pictures": len(place.truth)}
    for which, got in (("by hand", by_hand), ("alone", alone)):
        row[which] = {
            "seen": got.seen,
            "pages": got.asked.pages,
            "requests": got.asked.all,
            "again": got.again.all,
            "missing": got.missing,
            "errors": got.errors[:5],
        }
    row["followed"] = alone.followed
    row["times"] = round(alone.asked.all / max(by_hand.asked.all, 1), 2)
    return row


def table(rows: list[dict[str, object]]) -> Iterator[str]:
    yield "| place | pictures | by hand: seen, pages, requests | depth alone: seen, pages, requests, again | times |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        hand, alone = row["by hand"], row["alone"]
        assert isinstance(hand, dict) and isinstance(alone, dict)
        yield (
            f"| {row['place']} | {row['pictures']} | {hand['seen']}, {hand['pages']}, {hand['requests']} | "
            f"{alone['seen']}, {alone['pages']}, {alone['requests']}, {alone['again']} | {row['times']} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("places", nargs="*", help=", ".join(follow_places.PLACES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = []
    for name in given.places or follow_places.PLACES:
        try:
            row = measure(name, follow_places.PLACES[name])
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            print(f"{name}: not measured: {type(error).__name__}: {str(error)[:600]}", file=sys.stderr)
            continue
        rows.append(row)
        lines = [json.dumps(row)] if given.json else [*list(table([row]))[2:], f"    {row['followed']}"]
        print("\n".join(lines), flush=True)
    if not given.json:
        print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
