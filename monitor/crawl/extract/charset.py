"""In which encoding a page is written: by the HTML standard's own rule (section 13.2.3.2, "Determining the character
encoding"), with the labels of the Encoding standard. Where nothing is declared, `guess` tells by the content."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from monitor.crawl.extract.guess import guess

PRESCAN_BYTES = 64 * 1024  # browsers look through 1,024, and turn round when a later <meta> says something else


class Charset(NamedTuple):
    """codec: Python's, to decode with. query: to escape the queries of its links with."""

    codec: str
    query: str


# https://encoding.spec.whatwg.org/#names-and-labels: Python's codec, and the labels that mean it.
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gbk": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
    "gb18030": "gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16-be": "unicodefffe utf-16be",
}
# Not in it: the labels of the "replacement" encoding (HZ, ISO-2022-KR ...). Browsers show nothing of such a page, for
# the sake of scripts that nothing runs here: it is told by its content.
_DECODED_AS = {"gbk": "gb18030"}  # the standard decodes both alike, and escapes what GBK lacks as a reference
CHARSETS = {
    label: Charset(_DECODED_AS.get(codec, codec), codec)
    for codec, labels in _LABELS.items()
    for label in labels.split()
}
for _codec in {codec for charset in CHARSETS.values() for codec in charset}:
    codecs.lookup(_codec)  # loads them all: a confined worker cannot later

_UTF8 = CHARSETS["utf-8"]
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16le"), (codecs.BOM_UTF16_BE, "utf-16be"))
_SPACES = b"\t\n\f\r "
_XML = re.compile(rb"<\?xml[\t\n\f\r ][^>]{0,200}?encoding[\t\n\f\r ]{0,8}=[\t\n\f\r ]{0,8}([\"'])([^\"'>]{1,40})\1")
_CSS = re.compile(rb'@charset "([\x00-\x21\x23-\x7f]{1,40})";')
_IN_CONTENT = re.compile(r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\t\n\f\r ;][^\t\n\f\r ;]*))")
_TAG = re.compile(rb"</?[A-Za-z]")
_NAME = re.compile(rb"[^\t\n\f\r />]*")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*(?:(?P<name>[^>\t\n\f\r /][^=>\t\n\f\r /]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*"
    rb"(?:\"(?P<two>[^\"]*)\"|'(?P<one>[^']*)'|(?P<bare>[^\t\n\f\r >\"'][^\t\n\f\r >]*))?)?)?"
)


def charset_of(untrusted: bytes, content_type: str = "") -> Charset:
    """Of HTML or XML. Byte order mark, then the header, then the document's own word, then the content."""
    if marked := by_mark(untrusted):
        return marked
    return labelled(charset_in(content_type)) or declared(untrusted) or guessed(untrusted)


def charset_of_sheet(untrusted: bytes, content_type: str = "") -> Charset:
    """Of a style sheet (CSS Syntax 3, section 3.2)."""
    if marked := by_mark(untrusted):
        return marked
    said = labelled(charset_in(content_type))
    if said is None and (rule := _CSS.match(untrusted)):
        said = _not_utf16(labelled(rule[1].decode("ascii")))
    return said or guessed(untrusted)


def by_mark(untrusted: bytes) -> Charset | None:
    return next((CHARSETS[label] for mark, label in _BOMS if untrusted.startswith(mark)), None)


def charset_in(content_type: str) -> str:
    """What a `Content-Type` line says, '' where it says nothing."""
    for part in content_type.split(";")[1:9]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


def labelled(label: str) -> Charset | None:
    """None for what browsers do not know either."""
    return CHARSETS.get(label.strip("\t\n\f\r ").lower())


def declared(untrusted: bytes) -> Charset | None:
    """What the document says of itself ("prescan a byte stream to determine its encoding")."""
    head = untrusted[:PRESCAN_BYTES]
    if head.startswith((b"<\0?\0x\0", b"\0<\0?\0x")):
        return CHARSETS["utf-16le" if head[0] else "utf-16be"]
    at = 0
    while 0 <= (at := head.find(b"<", at)) < len(head):
        if head.startswith(b"<!--", at):
            end = head.find(b"-->", at + 2)
            if end < 0:
                break
            at = end + 3
        elif head[at : at + 5].lower() == b"<meta" and head[at + 5 : at + 6] in (b"/", *_SPACES_EACH):
            found, at = _meta(head, at + 5)
            if found is not None:
                return found
        elif _TAG.match(head, at):
            name = _NAME.match(head, at + 1)
            at = _attributes(head, name.end() if name else at + 1)[1]
        elif head[at + 1 : at + 2] in (b"!", b"/", b"?"):
            end = head.find(b">", at)
            if end < 0:
                break
            at = end + 1
        else:
            at += 1
    if xml := _XML.match(head):
        return _not_utf16(labelled(xml[2].decode("latin-1")))
    return None


_SPACES_EACH = tuple(_SPACES[at : at + 1] for at in range(len(_SPACES)))


def _meta(head: bytes, at: int) -> tuple[Charset | None, int]:
    """What a <meta> declares, and where it ends."""
    given, end = _attributes(head, at)
    if end > len(head):
        return None, end  # it never ends: no browser takes its word
    if "charset" in given:
        return _not_utf16(labelled(given["charset"])), end
    if given.get("http-equiv", "").lower() == "content-type" and (
        said := _IN_CONTENT.search(given.get("content", "").lower())
    ):
        return _not_utf16(labelled(said[1] or said[2] or said[3] or "")), end
    return None, end


def _attributes(head: bytes, at: int) -> tuple[dict[str, str], int]:
    """Of a tag, by their names; the first of a name counts. Behind the last byte where the tag has no end."""
    given: dict[str, str] = {}
    while at < len(head):
        found = _ATTRIBUTE.match(head, at)
        if found is None or found["name"] is None:
            at = found.end() if found else at
            return (given, at + 1) if head[at : at + 1] == b">" else (given, len(head) + 1)
        value = (
            found["two"] if found["two"] is not None else found["one"] if found["one"] is not None else found["bare"]
        )
        given.setdefault(found["name"].lower().decode("latin-1"), (value or b"").decode("latin-1"))
        at = found.end()
        if value is None and head[at : at + 1] in (b'"', b"'"):
            return given, len(head) + 1  # a quote that never closes
    return given, len(head) + 1


def _not_utf16(said: Charset | None) -> Charset | None:
    """It was read as ASCII just now, so it cannot be."""
    return _UTF8 if said is not None and said.codec.startswith("utf-16") else said


def guessed(untrusted: bytes) -> Charset:
    codec = guess(untrusted)
    return Charset(_DECODED_AS.get(codec, codec), codec)
