"""What becomes of a wish with time. Pure: the time is an argument."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from monitor.model.wish import GIVEN_UP_AFTER, Wish, WishEnd, WishKind, WishState

WISH_HELD_FOR = timedelta(minutes=2)
"""A daemon that lives says so again within this time; what one that died was at is free then."""

MOST_TRIES = 3  # of what ended a daemon each time


class Turn(Enum):
    TAKE = auto()
    WAIT = auto()
    END = auto()  # as `as_it_stands` has it


def turn_of(wish: Wish, now: datetime) -> Turn:
    """What a daemon does with it now."""
    if not wish.is_open:
        return Turn.WAIT
    if as_it_stands(wish, now) is not wish:
        return Turn.END
    return Turn.WAIT if wish.state is WishState.TAKEN and not is_let_go(wish, now) else Turn.TAKE


def as_it_stands(wish: Wish, now: datetime) -> Wish:
    """Itself, or as it has ended by the time alone, whether or not a daemon has written that down: nobody came for a
    day, or whoever was at it ended in the middle. A message that may have gone out is not sent a second time."""
    if wish.state is WishState.WAITING and now - wish.asked_at >= GIVEN_UP_AFTER:
        return ended(wish, WishEnd.NOBODY, wish.asked_at + GIVEN_UP_AFTER)
    if wish.state is WishState.TAKEN and is_let_go(wish, now):
        if wish.kind is WishKind.TEST or wish.tries >= MOST_TRIES or now - wish.asked_at >= GIVEN_UP_AFTER:
            return ended(wish, WishEnd.CUT_OFF, wish.held_until or now)
    return wish


def is_let_go(wish: Wish, now: datetime) -> bool:
    return wish.held_until is None or wish.held_until <= now


def ended(
    wish: Wish,
    end: WishEnd,
    at: datetime,
    *,
    said: tuple[str, ...] = (),
    pages: int = 0,
    pictures: int = 0,
    finds: int = 0,
) -> Wish:
    done = replace(wish, state=WishState.ENDED, held_until=None, ended_at=at, end=end)
    return replace(done, said=tuple(filter(None, said)), pages=pages, pictures=pictures, finds=finds)
