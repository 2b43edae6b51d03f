"""Step five: a first place to watch. Nobody is asked anything: what can be said of it is said by its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.app import App
from monitor.catalogue import said
from monitor.config import load
from monitor.documents.watches import schedule_words
from monitor.errors import MonitorError, WatchlistError
from monitor.model.settings import Settings
from monitor.plain import plain
from monitor.review.port.first_use import PlaceAdded, PlaceProposed, PlacesNow, PlaceTyped, WatchedPlace, WrongAnswer
from monitor.services.places import (
    NewWatch,
    PlaceService,
    address_meant,
    by_address,
    can_be_list,
    refuse_wrong_file,
    write_place,
)
from monitor.services.watches import load_watches
from monitor.sources.engines import find_engine, shipped
from monitor.watchlist_edit import PLACES, entry_text
from monitor.watchlist_keys import every as checked_every
from monitor.watchlist_keys import watch_name


@dataclass(slots=True)
class PlacesStep:
    config: Path
    opens: Callable[[], App]
    environ: Mapping[str, str]

    def told(self) -> PlacesNow:
        settings = self._settings()
        return PlacesNow(self.watched(settings), _engines(settings), str(settings.watchlist_dir / PLACES))

    def watched(self, settings: Settings | None = None) -> tuple[WatchedPlace, ...]:
        settings, app = settings or self._settings(), self.opens()
        mine = [watch for watch in load_watches(settings).watches if watch.case == settings.case.id]
        return tuple(
            WatchedPlace(one.name, ", ".join(one.urls) or one.query, app.watches.last_run(one) is not None)
            for one in mine
        )

    def propose(self, typed: PlaceTyped) -> PlaceProposed:
        settings = self._settings()
        new, url = self._new(settings, typed)
        place = by_address(url).place if url else None
        return PlaceProposed(
            typed=typed,
            words=new.sentence,
            name=new.watch.name,
            every=str(new.keys["every"]),
            often=schedule_words(new.watch),
            looks_at=new.looks_at,
            gives_away=new.gives_away,
            lines="\n".join(map(plain, entry_text(new.keys, new.sentence).splitlines())),
            is_search=not url,
            asks_list=place is not None and can_be_list(place),
            already=new.already.name if new.already else "",
        )

    def add(self, typed: PlaceTyped) -> PlaceAdded:
        settings = self._settings()
        new, _ = self._new(settings, typed)
        if new.already is not None:
            raise WrongAnswer(
                said("this place is watched already, as %(name)s", name=new.already.name),
                field="text",
                remedy=said("Nothing was added. Name another one."),
            )
        path = write_place(settings, new)
        return PlaceAdded(new.watch.name, str(path))

    def _new(self, settings: Settings, typed: PlaceTyped) -> tuple[NewWatch, str]:
        """With the address that was meant; '' for words."""
        _check(typed)
        loaded = load_watches(settings)
        refuse_wrong_file(settings, loaded.errors)
        app, case = self.opens(), settings.case.id
        places = PlaceService(app.store, settings, app.clock, lambda: (app.fetcher, app.reader))
        name, every, watches = typed.name.strip(), typed.every.strip(), loaded.watches
        try:
            url = address_meant(typed.text)
            if not url:
                words, engine = typed.text.strip(), _engine(typed, settings)
                made = places.new_search(words, engine=engine, name=name, every=every, case=case, watches=watches)
                return made, ""
            places.refuse(url, case)
            is_list = {"yes": True, "no": False}.get(typed.is_list)
            seen = by_address(url, is_list=is_list)
            return places.new_watch(seen, name=name, every=every, case=case, watches=watches), url
        except WrongAnswer:
            raise
        except MonitorError as error:
            raise WrongAnswer(str(error), field="text", remedy=error.remedy, way=error.way) from error

    def _settings(self) -> Settings:
        return load(self.config, self.environ)


def _engine(typed: PlaceTyped, settings: Settings) -> str:
    if typed.engine in _engines(settings):
        return typed.engine
    raise WrongAnswer(
        said("it was not said which search engine is to be asked"),
        field="engine",
        remedy=said("Choose one: it learns the words. If you meant an address, begin it with https://"),
    )


def _engines(settings: Settings) -> tuple[str, ...]:
    """The person's own first; of the shipped ones those that want neither a token nor a server of one's own."""
    names = dict.fromkeys((*(one.name for one in settings.engines), *shipped()))
    return tuple(name for name in names if _can_be_asked(name, settings))


def _can_be_asked(name: str, settings: Settings) -> bool:
    try:
        return not find_engine(name, settings.engines).needs_token
    except WatchlistError:
        return False


def _check(typed: PlaceTyped) -> None:
    """Raises WrongAnswer."""
    if not typed.text.strip():
        raise WrongAnswer(
            said("nothing was typed"),
            field="text",
            remedy=said("Paste the address of a page, or type words to search for."),
        )
    rows = (
        ("every", typed.every, checked_every, said("For example %(example)s.", example="1h")),
        ("name", typed.name, watch_name, said("For example %(example)s.", example="forum")),
    )
    for name, value, check, remedy in rows:
        try:
            if value.strip():
                check(value.strip())
        except ValueError as error:
            raise WrongAnswer(str(error), field=name, remedy=remedy) from error
