"""Pages that a site's own script shows, told apart by what stands after the number sign: `/#/page`, `/#!/page`. All
other fragments only say where on a page to begin."""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin

from monitor.model.limits import MAX_URL_CHARS
from monitor.model.watch import Render

ROUTE_STARTS = ("#/", "#!/")


def route_of(url: str) -> str:
    """`#/page` of an address, without a place within that page (`?id=part`); '' where it has none."""
    fragment = "#" + url.partition("#")[2]
    if not fragment.startswith(ROUTE_STARTS) or not fragment.isprintable() or " " in fragment:
        return ""
    route, _, query = fragment.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not pair.startswith("id="))
    route = f"{route}?{kept}" if kept else route
    return "" if route in ROUTE_STARTS else route.rstrip("/")


def routed(base: str, written: str) -> str:
    """The absolute address of a route as a link writes it, '' where it is none."""
    if len(written) > MAX_URL_CHARS or "#" not in written:
        return ""
    try:
        url = urljoin(base, written.strip())
    except ValueError:
        return ""
    route = route_of(url)
    if not route or not url.startswith(("http://", "https://")):
        return ""
    return urldefrag(url).url + route


def is_always_rendered(url: str, render: Render) -> bool:
    """By the watch's word, or because without its script there is no such page."""
    return render is Render.BROWSER or (render is Render.AUTO and route_of(url) != "")
