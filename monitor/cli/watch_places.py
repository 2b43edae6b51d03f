"""`watch add`, `pause`, `resume`, `remove`: places are put into the watchlist and taken out without an editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.errors import NeedsUser, UsageError, WorkFailed
from monitor.model.outcome import OutcomeKind

if TYPE_CHECKING:
    from monitor.model.settings import Settings
    from monitor.model.watch import Watch
    from monitor.services.places import NewWatch, PlaceSeen

_Name = Annotated[str, typer.Argument(help="Which watch.")]
_NO_SUCH_PLACE = (OutcomeKind.GONE, OutcomeKind.DNS, OutcomeKind.REFUSED)


def add_place(
    place: Annotated[str, typer.Argument(metavar="URL", help="The address of the place; or words, to search for.")],
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="Between two visits: 30m, 2h, 1d.")] = "",
    adapt: Annotated[bool, typer.Option("--adapt", help="The program decides how often, by what comes there.")] = False,
    name: Annotated[str, typer.Option("--name", help="What to call it in commands.")] = "",
    engine: Annotated[str, typer.Option("--engine", help="For words: which search engine is asked.")] = "",
    yes: options.YesOption = False,
) -> None:
    """Watch a place: find out what it is, show what would be looked at and given away, and write it down."""
    from monitor.services.places import address_meant, write_place
    from monitor.watchlist_keys import every as checked_every
    from monitor.watchlist_keys import watch_name

    for option, value, check in (("--every", every, checked_every), ("--name", name, watch_name)):
        try:
            if value:
                check(value)
        except ValueError as error:
            raise UsageError(f"{option} {printing.plain(value)} {error}", remedy=_RIGHT[option]) from error
    if adapt and every:
        raise UsageError("--every and --adapt are two answers to one question", remedy="Leave one of them out.")
    url = address_meant(place)
    if engine and url:
        raise UsageError("--engine is for words, and this is an address", remedy="Leave --engine out.")
    found = opening.settings()
    new, seen = opening.run_async(
        _proposed(found, url, place.strip(), every=every, adapt=adapt, name=name, engine=engine)
    )
    if new.already is not None:
        _tell_already(new.already)
        return
    _tell(new)
    if not _wanted(seen, yes):
        printing.say("Nothing was added.")
        return
    path = write_place(found, new)
    printing.out(f"Added as {new.watch.name}, in {path}")
    _tell_next(found, new.watch.name)


_RIGHT = {"--every": "For example --every 1h.", "--name": "For example --name forum."}


async def _proposed(
    found: Settings, url: str, words: str, *, every: str, adapt: bool, name: str, engine: str
) -> tuple[NewWatch, PlaceSeen | None]:
    """What would be written, and what was seen of the place: None where nobody was asked, of words and of one that is
    watched already."""
    from monitor.services.places import by_address, refuse_wrong_file
    from monitor.services.watches import load_watches

    loaded = load_watches(found)
    refuse_wrong_file(found, loaded.errors)
    watches = loaded.watches
    async with opening.opened(found) as opened:
        case, places = opening.chosen_case(opened), opened.places
        if not url:
            return places.new_search(
                words, engine=engine, name=name, every=every, case=case, watches=watches, adapts=adapt
            ), None
        places.refuse(url, case)
        new = places.new_watch(by_address(url), name=name, every=every, case=case, watches=watches, adapts=adapt)
        if new.already is not None:
            return new, None
        opening.attested(opened, case, False, None)
        printing.say(f"Looking at {printing.plain(url, 200)} once ...")
        seen = await places.look(url, case)
        _tell_trouble(seen)
        return places.new_watch(seen, name=name, every=every, case=case, watches=watches, adapts=adapt), seen


def _wanted(seen: PlaceSeen | None, yes: bool) -> bool:
    """Raises NeedsUser where nobody can be asked, and WorkFailed for `--yes` to a place that is none."""
    is_unseen = seen is not None and seen.trouble is not None and not seen.is_transient
    if yes:
        if seen is not None and seen.trouble is not None and seen.trouble.kind in _NO_SUCH_PLACE:
            raise WorkFailed(
                "nothing was added: there is no such place, as far as can be seen from here",
                remedy="Open the address in a browser, and copy what its address bar shows.",
            )
        return True
    if not asking.is_terminal():
        raise NeedsUser("nothing was added: nobody said yes", remedy="Give the command again with --yes.")
    if is_unseen:
        return asking.ask_yes("Nothing can be seen there now. Watch it all the same?", default=False)
    return asking.ask_yes("Watch this place?", default=True)


def _tell_trouble(seen: PlaceSeen) -> None:
    if seen.trouble is None:
        return
    why = seen.trouble.message or seen.trouble.kind.value
    printing.say(f"It could not be looked at now: {printing.plain(why, 300)}")
    if seen.is_transient:
        printing.say("What follows is by its address alone.")
    elif seen.trouble.remedy:
        printing.say(f"    {printing.plain(seen.trouble.remedy, 400)}")


def _tell(new: NewWatch) -> None:
    from monitor.documents.watches import schedule_words

    printing.out(f"This is {printing.plain(new.words, 200)}.")
    for heading, lines in (("What is looked at", new.looks_at), ("What that gives away", new.gives_away)):
        printing.out(f"{heading}:")
        for line in lines:
            for row in _wrapped(printing.plain(line, 600)):
                printing.out(f"  {row}")
    printing.out(f"How often: {schedule_words(new.watch)}. Its name: {new.watch.name}")


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 76, break_long_words=False, break_on_hyphens=False)


def _tell_already(watch: Watch) -> None:
    where = f" ({watch.origin}, line {watch.line})" if watch.origin else ""
    printing.say(f"This place is watched already, as {printing.plain(watch.name)}{where}. Nothing was added.")
    if not watch.enabled:
        printing.say(f"It is paused. To go on: reupload-monitor watch resume {watch.name}")


def _tell_next(found: Settings, name: str) -> None:
    from monitor.services.overview import daemon_of

    if daemon_of(found):
        printing.say("The program that runs in the background takes it up by itself, within seconds.")
    elif found.queue.url is not None:
        printing.say("The scheduler that leads takes it up by itself, if it reads the same watchlists as this machine.")
    else:
        printing.say(f"To look once, now: reupload-monitor watch run {name}")
        printing.say("To go on looking: reupload-monitor run (or: reupload-monitor service install)")


# --- what is there already


def pause_place(name: _Name) -> None:
    """Do not look there for now. What was found stays, and is looked at again."""
    if not _switched(name, on=False):
        printing.say(f"{printing.plain(name)} is paused already.")
        return
    printing.out(f"{printing.plain(name)} is paused. To go on: reupload-monitor watch resume {name}")
    _tell_noticed(opening.settings())


def resume_place(name: _Name) -> None:
    """Look there again."""
    if not _switched(name, on=True):
        printing.say(f"{printing.plain(name)} is not paused.")
        return
    printing.out(f"{printing.plain(name)} is watched again.")
    _tell_noticed(opening.settings())


def _switched(name: str, *, on: bool) -> bool:
    from monitor.services.watches import switched

    return switched(opening.settings(), name, options.given.case, on=on)


def remove_place(name: _Name, yes: options.YesOption = False) -> None:
    """Watch it no longer: its lines go from the watchlist. What was found there stays, and is looked at again."""
    from monitor.services.watches import named_watch
    from monitor.watchlist_edit import remove_watch

    found = opening.settings()
    watch = named_watch(found, name, options.given.case)
    if not yes:
        if not asking.is_terminal():
            raise NeedsUser("nothing was removed: nobody said yes", remedy="Give the command again with --yes.")
        if not asking.ask_yes(f"Take {printing.plain(name)} out of {watch.origin}?", default=False):
            printing.say("Nothing was removed.")
            return
    taken = remove_watch(watch)
    printing.out(f"{printing.plain(name)} is not watched any more. These lines were taken out of {watch.origin}:")
    for line in taken.splitlines():
        printing.out(f"    {printing.plain(line, 300)}")
    _tell_noticed(found)


def _tell_noticed(found: Settings) -> None:
    from monitor.services.overview import daemon_of

    if daemon_of(found):
        printing.say("The program that runs in the background takes it up by itself, within seconds.")
