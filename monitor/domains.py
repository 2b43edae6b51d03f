"""What belongs to one owner: the registrable domain of a host name or an address."""

from __future__ import annotations

from functools import cache, lru_cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList

from monitor.hosts import host_of


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """`forum.example.co.uk` -> `example.co.uk`, with private suffixes not counted; an address or a name without a
    public suffix (`localhost`) stays whole."""
    host = host.lower().rstrip(".")
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return _suffixes().privatesuffix(host) or host


def domain_of(url: str) -> str:
    """The registrable domain of an address's host; '' where it has none."""
    return registrable_domain(host_of(url))


@lru_cache(maxsize=4096)
def owner(host: str) -> str:
    """Whose pages they are: as `registrable_domain`, but `alice` and `bob` of one platform are two, by the private part
    of the public suffix list and by `PLATFORMS`. `www.` is nobody's name."""
    host = host.lower().rstrip(".").removeprefix("www.")
    domain = registrable_domain(host)
    labels = host.split(".")
    if host == domain:
        return domain
    for at in range(len(labels) - 1, 0, -1):
        parent = ".".join(labels[at:])
        if parent in PLATFORMS or (labels[at] == "blogspot" and parent == domain):
            return ".".join(labels[at - 1 :])
    return _all_suffixes().privatesuffix(host) or host


PLATFORMS = frozenset(
    "bandcamp.com bdsmlr.com blog.fc2.com blog.jp boards.net booru.org canalblog.com carrd.co dreamwidth.org fanbox.cc "
    "forumotion.com free.fr freeforums.net ghost.io gumroad.com itch.io jimdo.com jimdofree.com livedoor.blog "
    "livejournal.com medium.com narod.ru neocities.org newtumbl.com over-blog.com proboards.com skyrock.com "
    "smugmug.com strikingly.com substack.com tistory.com tripod.com tumblr.com typepad.com ucoz.com ucoz.net ucoz.ru "
    "web.fc2.com webnode.page webs.com weebly.com wikidot.com wordpress.com write.as zenfolio.com".split()
)
"""Where each name below is a person's own, and the public suffix list does not say so."""


@lru_cache(maxsize=1024)
def is_public_suffix(name: str) -> bool:
    """Whether names of different owners stand right below it, by both parts of the list; a name that no rule knows
    (`localhost`) is none but for a single label."""
    if _all_suffixes().is_public(name):
        return True
    return "." not in name


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)  # the list in the package; read when first asked


@cache
def _all_suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
