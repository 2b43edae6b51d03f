"""What kind of place an address is of, and what no watch can look at: by the address alone, then by what the place
answered with. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from monitor.errors import WatchlistError
from monitor.hosts import host_of
from monitor.model.page import PlaceProgram
from monitor.model.watch import Kind, Watch

GUIDED = "Look there yourself, and keep what you see: reupload-monitor guide evidence"


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """words: what it is, for the person. is_sure: no answer of the place can say otherwise. is_list: its links lead to
    what is looked for (None: its page tells). scripted: what a plain visitor gets is a page that scripts fill."""

    kind: Kind
    words: str
    is_sure: bool = False
    is_list: bool | None = None
    scripted: bool = False


PAGE = PlaceKind(Kind.PAGE, "a page of a web site")

_TELEGRAM = frozenset({"t.me", "telegram.me", "telegram.dog"})
_REDDIT = frozenset({"reddit.com", "old.reddit.com", "new.reddit.com", "np.reddit.com", "sh.reddit.com"})
_BLUESKY = frozenset({"bsky.app"})
_FOURCHAN = frozenset({"boards.4chan.org", "boards.4channel.org"})
_BOORUS = frozenset(
    "danbooru.donmai.us safebooru.donmai.us e621.net e926.net gelbooru.com safebooru.org rule34.xxx konachan.com "
    "konachan.net yande.re".split()
)
_NO_MASTODON = frozenset(  # others whose accounts have addresses like that
    "youtube.com tiktok.com medium.com threads.net threads.com flipboard.com rumble.com odysee.com kick.com "
    "bitchute.com substack.com ko-fi.com".split()
)
_XENFORO = re.compile(r"/(threads|forums)/(?:[^/]+\.)?[0-9]+(?:/|$)")
_DISCOURSE = re.compile(r"/(t/[^/]+/[0-9]+|c/[^/]+(?:/[^/]+)*/[0-9]+)(?:/|$)")
_MASTODON = re.compile(r"/(?:web/)?@[A-Za-z0-9_.]+(?:@[A-Za-z0-9.-]+)?/?$")
_BOARD = re.compile(r"/[a-z0-9]{1,10}/(?:res|thread)/[0-9]+(?:\.html)?/?$|/[a-z0-9]{1,10}/catalog(?:\.html)?$")
_FEED = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:feed|rss|atom|index|rss2|atom1)\.(?:xml|json)|/(?:feed|rss|atom))/?$", re.I
)
_SITEMAP = re.compile(r"/[^/]*sitemap[^/]*\.xml(?:\.gz)?$", re.I)
_ONE_POST = re.compile(
    r"/(?:threads?|t|topics?|viewtopic|showthread|posts?|p|photos?|pictures?|images?|view|res|status|comments)[/.]"
    r"|[?&](?:t|topic|tid|p|pid|post)=[0-9]+",
    re.I,
)


def kind_of_address(url: str) -> PlaceKind:
    """The likeliest, by the address alone; `PAGE` where it tells nothing."""
    host, path = host_of(url).removeprefix("www."), urlsplit(url).path
    if host in _TELEGRAM:
        return PlaceKind(Kind.TELEGRAM, "a Telegram channel, by the preview that it shows to everybody", True, False)
    if host in _REDDIT:
        return PlaceKind(Kind.REDDIT, "a place on Reddit", True, False)
    if host in _BLUESKY:
        return PlaceKind(Kind.BLUESKY, "a place on Bluesky", True, False)
    if host in _FOURCHAN:
        return PlaceKind(Kind.IMAGEBOARD, "an image board (4chan)", True, False)
    if host in _BOORUS and _is_booru_list(url):
        return PlaceKind(Kind.IMAGEBOARD, "an image board (a booru's list)", True, False)
    if _SITEMAP.search(path):
        return PlaceKind(Kind.SITEMAP, "a sitemap: the list of a site's pages", is_list=True)
    if _FEED.search(path):
        return PlaceKind(Kind.FEED, "a feed: the list of a site's newest entries", is_list=True)
    if found := _XENFORO.search(path):
        is_list = found[1] == "forums"
        return PlaceKind(Kind.XENFORO, f"a {'section' if is_list else 'thread'} of a forum (XenForo)", is_list=is_list)
    if _DISCOURSE.search(path):
        return PlaceKind(Kind.DISCOURSE, "a topic or section of a forum (Discourse)", is_list=False)
    if _MASTODON.search(path) and host not in _NO_MASTODON:
        return PlaceKind(Kind.MASTODON, "an account on Mastodon or a relative of it", is_list=False)
    if _BOARD.search(path):
        return PlaceKind(Kind.IMAGEBOARD, "an image board", is_list=False)
    return PAGE


def kind_of_answer(url: str, program: PlaceProgram) -> PlaceKind:
    """By what the answer at the address says of itself. program: as a reader told it."""
    path = urlsplit(url).path
    match program:
        case PlaceProgram.FEED:
            return PlaceKind(Kind.FEED, "a feed: the list of a site's newest entries", True, True)
        case PlaceProgram.SITEMAP:
            return PlaceKind(Kind.SITEMAP, "a sitemap: the list of a site's pages", True, True)
        case PlaceProgram.XENFORO:
            return PlaceKind(Kind.XENFORO, "a forum (XenForo)", True, None if "/threads/" not in path else False)
        case PlaceProgram.DISCOURSE:
            return PlaceKind(Kind.DISCOURSE, "a forum (Discourse)", True, False, scripted=True)
        case PlaceProgram.MASTODON if _is_mastodons(path):
            words = "an account, tag or timeline on Mastodon or a relative of it"
            return PlaceKind(Kind.MASTODON, words, True, False, scripted=True)
        case PlaceProgram.BOARD if _BOARD.search(path):
            return PlaceKind(Kind.IMAGEBOARD, "an image board", True, False)
        case PlaceProgram.BOORU if _is_booru_list(url):
            return PlaceKind(Kind.IMAGEBOARD, "an image board (a booru's list)", True, False)
    return PAGE


def is_one_post(url: str) -> bool:
    """A thread, a photo, a post, by its address: what else its page links to is beside it."""
    parts = urlsplit(url)
    return bool(_ONE_POST.search(f"{parts.path}?{parts.query}"))


def _is_booru_list(url: str) -> bool:
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return path in ("/posts", "/post") or (
        path.endswith("/index.php") and dict(parse_qsl(parts.query)).get("page") == "post"
    )


def _is_mastodons(path: str) -> bool:
    words = [word for word in path.split("/") if word and word != "web"]
    return not words or words[0].startswith("@") or words[0] in ("tags", "tag", "public", "explore")


# --- what cannot work


_INVITATIONS = {
    "discord.gg": "Discord",
    "chat.whatsapp.com": "WhatsApp",
    "signal.group": "Signal",
    "invite.viber.com": "Viber",
    "join.skype.com": "Skype",
    "kik.me": "Kik",
    "zalo.me": "Zalo",
}
_WITHIN = (  # host, how a path begins, whose
    ("discord.com", "/invite/", "Discord"),
    ("discordapp.com", "/invite/", "Discord"),
    ("discord.com", "/channels/", "Discord"),
    ("line.me", "/ti/g", "LINE"),
    *((host, start, "Telegram") for host in sorted(_TELEGRAM) for start in ("/+", "/joinchat", "/c/", "/addlist/")),
)
_OF_ONE_PLACE = {
    Kind.TELEGRAM: (_TELEGRAM, "https://t.me/NAME"),
    Kind.REDDIT: (_REDDIT, "https://www.reddit.com/r/NAME"),
}


def closed_group(url: str) -> str:
    """Whose, where the address leads into a group that only its members see; '' elsewhere."""
    host, path = host_of(url).removeprefix("www."), urlsplit(url).path
    if host in _INVITATIONS:
        return _INVITATIONS[host]
    return next((whose for known, start, whose in _WITHIN if host == known and path.startswith(start)), "")


def cannot_work(watch: Watch) -> tuple[WatchlistError, ...]:
    """What its addresses say against it, whatever they answer."""
    return tuple(filter(None, (_against(url, watch.kind) for url in watch.urls)))


def _against(url: str, kind: Kind) -> WatchlistError | None:
    if whose := closed_group(url):
        return WatchlistError(
            f"{url} leads into a closed group on {whose}, which only its members see: this program joins none",
            remedy=GUIDED,
            key="url",
        )
    hosts, example = _OF_ONE_PLACE.get(kind, (frozenset[str](), ""))
    if hosts and host_of(url).removeprefix("www.") not in hosts:
        found = kind_of_address(url)
        right = f'kind = "{found.kind.value}"' if found.is_sure or found is not PAGE else 'kind = "page"'
        return WatchlistError(
            f'{url} is not on {kind.value.capitalize()}, and kind = "{kind.value}" looks there alone',
            remedy=f"For example {example}; or for this address {right}.",
            key="url",
        )
    found = kind_of_address(url)
    is_another = found.is_sure and found.kind is not kind and kind not in (Kind.PAGE, Kind.URLS)
    is_other_forums = (
        not found.is_sure
        and found.kind in (Kind.XENFORO, Kind.DISCOURSE)
        and kind in (Kind.DISCOURSE, Kind.IMAGEBOARD)
        and found.kind is not kind
    )
    if is_another or is_other_forums:
        return WatchlistError(
            f'{url} is the address of {found.words}, and kind = "{kind.value}" asks for something else there',
            remedy=f'kind = "{found.kind.value}" fits this address.',
            key="kind",
        )
    return None


def better_kind(watch: Watch) -> str:
    """For a page whose address is of a kind of its own: what to write; '' elsewhere."""
    if watch.kind is not Kind.PAGE:
        return ""
    found = next((one for one in map(kind_of_address, watch.urls) if one.is_sure), None)
    if found is None:
        return ""
    return f'This is {found.words}: kind = "{found.kind.value}" sees more of it than kind = "page".'
