"""CSS selectors that people write into watchlists and engines."""

from __future__ import annotations

from monitor.errors import WatchlistError


def check_selector(selector: str) -> None:
    """Raises WatchlistError when it is not CSS that the reader understands."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("<p></p>").css(selector)
    except SelectolaxError as error:
        raise WatchlistError(
            f"{selector!r} is not a CSS selector",
            remedy='For example "a.next, .pagination a[rel=next]"; without pseudo-elements such as ::text.',
        ) from error
