"""Bytes of a page to text, whatever they claim to be."""

from __future__ import annotations

import codecs
import re

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024  # above the fetcher's own cap: a second fence
META_PRESCAN_BYTES = 2048  # the HTML standard asks for 1024; real pages put comments first

# WHATWG labels whose Python codec differs from their own name (https://encoding.spec.whatwg.org/#names-and-labels).
_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "unicode": "utf-16-le",
    "utf-16": "utf-16-le",
    "utf8": "utf-8",
    "macintosh": "mac-roman",
}
# The only codecs that outside bytes reach: the names that browsers know. Python has others (zlib, rot13, idna ...).
CODECS = (
    "utf-8 utf-16-le utf-16-be gb18030 big5hkscs cp932 euc_jp iso2022_jp cp949 cp866 cp874 cp1250 cp1251 cp1252 cp1253 "
    "cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 "
    "iso8859-10 "
    "iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic"
).split()
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"charset\s{0,8}=\s{0,8}[\"']?([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)


def decode_text(untrusted: bytes, content_type: str = "") -> str:
    """Order of trust as in browsers: byte order mark, HTTP header, the document's own word, then a guess (UTF-8 if
    it is valid, else windows-1252). Never raises; what does not fit becomes U+FFFD."""
    untrusted = untrusted[:MAX_DOCUMENT_BYTES]
    for mark, codec in _BOMS:
        if untrusted.startswith(mark):
            return untrusted[len(mark) :].decode(codec, "replace")
    codec = codec_of(charset_of(content_type)) or ""
    if not codec:
        declared = _META.search(untrusted[:META_PRESCAN_BYTES])
        codec = codec_of(declared[1].decode("ascii")) if declared else ""
        if codec.startswith("utf-16"):  # it was read as ASCII just now, so it cannot be
            codec = "utf-8"
    if codec:
        return untrusted.decode(codec, "replace")
    try:
        return untrusted.decode("utf-8")
    except UnicodeDecodeError:
        return untrusted.decode("cp1252", "replace")


def charset_of(content_type: str) -> str:
    for part in content_type.split(";")[1:9]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


def codec_of(label: str) -> str:
    """The Python codec for a label, '' for what browsers do not know either."""
    name = label.strip().lower()
    name = _ALIASES.get(name, name)
    if name.startswith("windows-"):
        name = "cp" + name[8:]
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return found if found in _KNOWN else ""


_KNOWN = frozenset(codecs.lookup(name).name for name in CODECS)  # loads them all: a confined worker cannot later


def squeeze(text: str, limit: int) -> str:
    """One line, single spaces, at most `limit` characters. Control characters become spaces."""
    words = " ".join(text[: limit * 8].split())
    if not words.isprintable():
        words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return words[:limit]
