"""How the commands tell which links a watch follows: what it would do, and what it did."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model.run import Followed, Run
from monitor.model.watch import Watch
from monitor.plain import several

MOST_SHAPES = 6  # told of one run
MOST_CHARS = 60  # of one shape


def rule(watch: Watch) -> str:
    """Of a watch whose links the program chooses; '' of others."""
    follow = watch.follow
    if not follow.chosen:
        return ""
    away = "one link" if follow.depth == 1 else f"up to {follow.depth} links"
    return (
        f"links are chosen by the program: those round pictures, to threads, posts, albums and pages of pictures, of "
        f"this site alone, {away} away, the most promising first, at most {follow.max_pages} pages a run; never links "
        "that do something (log out, delete, vote, reply, sort, print, share). It remembers which of them led to "
        'pictures. To choose yourself: follow = { links = "CSS selector" }'
    )


def pictures_stood(shapes: Sequence[str]) -> str:
    """shapes: of addresses that led to pictures before."""
    if not shapes:
        return ""
    listed = ", ".join(shape[:MOST_CHARS] for shape in shapes[:MOST_SHAPES])
    return f"in earlier runs pictures stood behind links like {listed}"


def rules(watches: Sequence[Watch]) -> list[dict[str, str]]:
    """As `watch check --json` prints them."""
    return [{"watch": watch.name, "text": text} for watch in watches if (text := rule(watch))]


def did(run: Run) -> str:
    """'' where the program chose no links."""
    told = [
        _told(run.followed, "pages", "followed"),
        _told(run.followed, "left_out", "left for the next runs, at the limit of pages:"),
    ]
    tried = sum(one.not_tried for one in run.followed)
    told.append(f"{several(tried, 'link', 'links')} that promised little not followed" if tried else "")
    return "; ".join(filter(None, told))


def _told(followed: Sequence[Followed], what: str, words: str) -> str:
    some = sorted(((getattr(one, what), one.shape) for one in followed if getattr(one, what)), reverse=True)
    if not some:
        return ""
    listed = ", ".join(f"{count} like {shape[:MOST_CHARS]}" for count, shape in some[:MOST_SHAPES])
    rest = sum(count for count, _ in some[MOST_SHAPES:])
    return f"{words} {listed}" + (f", {rest} others" if rest else "")
