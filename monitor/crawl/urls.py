"""URLs: absolute as a page writes them, and in one spelling, without what only says who visits (sessions in query and
path too), so that two that are one page are one."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from monitor.crawl.routes import route_of
from monitor.crawl.url_standard import DEFAULT_PORTS, parse_web_url, web_url
from monitor.domains import owner
from monitor.hosts import ascii_host, host_of
from monitor.model.limits import MAX_URL_CHARS

# Parameters that tell where the visitor came from or who they are, never what the page shows.
TRACKING = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid twclid ttclid yclid igshid igsh mc_cid mc_eid mkt_tok "
    "_hsenc _hsmi hsctatracking vero_id oly_anon_id oly_enc_id wickedid rb_clickid s_cid ref_src ref_url "
    "spm scm _openstat xtor ncid cmpid".split()
)
# Names that no software gives to anything but a session, and those that need a value that looks like one.
_SESSIONS = frozenset("phpsessid jsessionid aspsessionid cftoken bv_sessionid bv_engineid mscssid".split())
_SESSION_PREFIXES = ("aspsessionid", "jservsessionid")
_MAYBE_SESSIONS = frozenset(
    "sessionid session_id sessid sess_id session phpsession oscsid xtcsid zenid sesskey".split()
)
TRACKING_PREFIXES = ("utm_", "pk_", "piwik_", "mtm_", "matomo_", "hsa_")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPED_DOTS = re.compile(r"(?<=/)(?:\.|%2[eE]){1,2}(?=/|$)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_SESSION = re.compile(r"[0-9a-fA-F]{32}")  # vBulletin and phpBB 2 write their session into `s`
_LONG_SESSION = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[0-9A-Za-z]{26,64}")  # phpBB, PHP: into `sid`
_NAMED_SESSION = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Za-z_,!.~-]{16,128}")
# `;jsessionid=...` at the end of a path's segment; `/(S(...))/` and `/(A(...)F(...))/` of ASP.NET.
_PATH_PARAMETER = re.compile(r";(?:jsessionid|phpsessid|sessionid|cfid|cftoken|sid)=[^/;?#]*", re.IGNORECASE)
_COLD_FUSION = re.compile(r"cfid=[0-9A-Za-z-]*", re.IGNORECASE)
_ASP_NET = re.compile(r"/\((?:[AFSX]\([0-9A-Za-z_.-]{8,512}\)){1,4}\)(?=/|$)", re.IGNORECASE)

# What templates write where they have no address; no page is called like that.
_NO_ADDRESS = frozenset(("none", "null", "undefined", "[object object]"))


class Base(str):
    """An address that others of a document are relative to. codec: Python's name of the encoding in which they escape
    their queries: the document's own (HTML standard, "encoding-parsing a URL")."""

    __slots__ = ("codec",)

    def __new__(cls, url: str, codec: str) -> Base:
        made = super().__new__(cls, url)
        made.codec = codec
        return made

    codec: str


def absolute(base: str, written: str | None) -> str:
    """What a browser would ask for: http(s), without fragment, written by the rules of the URL standard. '' for
    anything else (other schemes, broken, too long, what stands for no address). base: a `Base` where the document is
    not in UTF-8."""
    if not written:
        return ""
    return _absolute(base, written, base.codec if isinstance(base, Base) else "utf-8")


@lru_cache(maxsize=2048)  # a page names the same address several times
def _absolute(base: str, written: str, codec: str) -> str:
    written = written.strip()
    if not written or len(written) > MAX_URL_CHARS or written[0] == "#" or written.lower() in _NO_ADDRESS:
        return ""
    found = parse_web_url(written, web_url(base), codec)
    url = str(found) if found is not None else ""
    return url if len(url) <= MAX_URL_CHARS else ""


@lru_cache(maxsize=1024)  # the pages of a site have most of their links in common
def canonical_url(url: str) -> str:
    """The URL as it is kept, shown and compared: scheme and host in lower case, no default port, no user name, no
    fragment but a route of the page's script, no tracking parameters, no session, escapes in one spelling. Still leads
    to the same page. What cannot be read as a URL is returned as it came."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme not in DEFAULT_PORTS or not host:
        return url
    host = f"[{host}]" if ":" in host else ascii_host(host)
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = without_dots(without_session(_one_spelling(parts.path))) or "/"
    return urlunsplit((parts.scheme, netloc, path, _query(parts.query), route_of(url)[1:]))


def same_site(url: str, other: str) -> bool:
    """By `domains.owner`: two people's blogs on one platform are two sites. http and https are one."""
    here = owner(host_of(url))
    return here != "" and here == owner(host_of(other))


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = [_PATH_PARAMETER.sub("", pair) if ";" in pair else pair for pair in query.split("&")]
    kept = [pair for pair in pairs if pair and not _is_tracking(pair)]
    if "cftoken" in query.lower():  # ColdFusion writes two; alone, `cfid` may be anything
        kept = [pair for pair in kept if not _COLD_FUSION.fullmatch(pair)]
    return _one_spelling("&".join(kept))


def without_session(path: str) -> str:
    """A path of a URL without the session that software writes into it where a visitor keeps no cookie."""
    if ";" in path:
        path = _PATH_PARAMETER.sub("", path)
    return _ASP_NET.sub("", path) if "/(" in path else path


def _is_tracking(pair: str) -> bool:
    pairs = parse_qsl(pair, keep_blank_values=True, max_num_fields=8) if "%" in pair or "+" in pair else None
    name, value = pairs[0] if pairs else (pair.partition("=")[0], pair.partition("=")[2])
    name = name.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    return _is_session(name, value)


def _is_session(name: str, value: str) -> bool:
    if name == "s":
        return _SESSION.fullmatch(value) is not None
    if name == "sid":
        return _LONG_SESSION.fullmatch(value) is not None or _SESSION.fullmatch(value) is not None
    if name in _MAYBE_SESSIONS:
        return _NAMED_SESSION.fullmatch(value) is not None
    return name in _SESSIONS or name.startswith(_SESSION_PREFIXES)


def _one_spelling(text: str) -> str:
    """RFC 3986 section 6.2.2: unreserved characters plain, other escapes in upper case; spaces and what is
    not ASCII escaped, as browsers send them."""

    def spell(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = _ESCAPE.sub(spell, text)
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return "".join(c if "!" <= c <= "~" else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in text)


def without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4; escaped dots are dots, as the URL standard has it."""
    if "/%2" in path:
        path = _ESCAPED_DOTS.sub(lambda match: match[0].replace("%2e", ".").replace("%2E", "."), path)
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)
