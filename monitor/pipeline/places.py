"""Where a find stands: where it was really seen. What an answer says of other sites is kept apart, as a claim."""

from __future__ import annotations

from monitor.crawl.operators import speaks_for
from monitor.crawl.urls import canonical_url, same_site
from monitor.hosts import host_of
from monitor.model.page import LISTED, Fetched, ImageRef, PageContent
from monitor.model.sighting import Place
from monitor.pipeline.state import Look


def place_of(look: Look, ref: ImageRef, image: str, *, result_url: str = "") -> Place:
    """image: the address that really gave it."""
    page, link = page_of(look, ref), permalink_of(look, ref)
    claimed = next((url for url in claims_of(look, ref) if url == ref.post_url), "")
    is_here = not claimed and _is_of(ref.account, page)
    return Place(
        page_url=page,
        image_url=image,
        account=ref.account if is_here else "",
        title=look.content.title,
        posted_at=ref.posted_at,
        result_url=result_url,
        claimed_url=claimed,
        claimed_account="" if is_here else ref.account,
        permalink=link,
        seen_in=list_of(look),
        said_from=claimed,
    )


def claims_of(look: Look, ref: ImageRef) -> list[str]:
    """The pages on other sites that a list says the picture is from, in its order."""
    said = (ref.post_url, *ref.also_in) if ref.found_as in LISTED else ()
    return [url for url in said if url and not speaks_for(look.fetched.url, url)]


def _is_of(account: str, page: str) -> bool:
    """`name@other.example` and an address elsewhere name somebody on another site."""
    at = account.split("//", 1)[-1].split("/", 1)[0].rpartition("@")[2] if "//" in account or "@" in account[1:] else ""
    host = host_of(f"https://{at.strip(' <>()[]')}/") if "." in at else ""
    return not host or same_site(f"https://{host}/", page)


def page_of(look: Look, ref: ImageRef) -> str:
    """Where the picture stands for people: its post, where it is told which, since what a page shows moves on; else
    the page. A feed or an API answer only tells of the post: one on another site is but a claim, and the picture was
    seen in the list."""
    link = permalink_of(look, ref)
    if ref.found_as in LISTED:
        return link or list_of(look)
    return canonical_url(link) if link else look.shown


def permalink_of(look: Look, ref: ImageRef) -> str:
    """Of its post, with the fragment by which posts of one page are told apart. '' where it is told of none on its own
    site. Data of a page's scripts names no posts."""
    link = ref.post_url if ref.found_as in LISTED else ref.permalink
    if not link or not speaks_for(look.fetched.url, link):
        return ""
    if ref.found_as in LISTED:
        return link
    page, _, fragment = link.partition("#")
    return f"{canonical_url(page)}#{fragment}" if fragment else canonical_url(page)


def list_of(look: Look) -> str:
    """The page that shows it, of a list with next pages the first one: entries move on to further pages with time. A
    list for programs is called by the address that people see, where both are of one site."""
    first = look.entry.request.shown
    if first and speaks_for(look.fetched.url, first):
        return canonical_url(first)
    return look.entry.list_of or look.shown


def shown_at(fetched: Fetched, content: PageContent) -> str:
    """The address of a page, as people know it: its own word for that counts on its own site."""
    said = content.url
    return said if speaks_for(fetched.url, said) else canonical_url(fetched.url)


def media_of(look: Look, ref: ImageRef, image: Fetched) -> str:
    """Of the variants that the page names, the one that was had. One that a third site only sent on to somewhere else
    counts as where that is: an open redirect must accuse nobody."""
    asked = next((url for url in (image.request.url, image.url) if url in ref.variants), ref.url)
    if asked.startswith("data:") or same_site(asked, image.url) or same_site(asked, look.fetched.url):
        return asked
    return canonical_url(image.url)
