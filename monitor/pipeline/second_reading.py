"""Whether a page can be sealed as it came: the reader, which found the pictures of the page, looks once more at what is
left when they are taken out. Where it still finds one, or nobody can say, what it gives as text is sealed in its place.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from dataclasses import replace

from monitor.model.evidence import PageFacts
from monitor.model.ids import NO_DIGEST, digest_of
from monitor.model.limits import MAX_PAGE_IMAGES
from monitor.model.page import Fetched, PageContent, ParseJob, Parser
from monitor.pipeline.sealable_page import LEAST_URI_CHARS, SealablePage, without_pictures
from monitor.ports import Reader

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_WIDE = re.compile(rb"(?:[ -~]\0{1,3}){16}")  # ASCII in UTF-16 or UTF-32
_NO_TEXT = re.compile("(?:[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd][^\0-\x08\x0e-\x1f\x7f-\x9f\ufffd]{0,16}){4,}")
_ESCAPE = re.compile(rb"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|([^0-9a-fA-F]))", re.DOTALL)
_TAKEN_OUT = re.compile(rb"data:sha256,[0-9a-f]{64}")
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*+<(?:\?xml|rss|feed|rdf)", re.IGNORECASE)
_TEXT = "text/plain; charset=utf-8"


async def sealable_page(page: Fetched, reader: Reader) -> SealablePage:
    """One call of the reader at most. Never raises for what is in the page."""
    scanned = await asyncio.to_thread(without_pictures, page.body)
    why = scanned.facts.withheld
    if not scanned.body and not why:
        return scanned  # it was itself a picture
    if not why and _is_wide(page.body):
        why = "not written in bytes that can be searched for pictures"
    content = await _read(page, page.body if why else scanned.body, reader)
    why = why or _why_not(content)
    if not why:
        return scanned
    written = _as_text(content).encode("utf-8", "replace")
    text = await asyncio.to_thread(without_pictures, written)
    taken = (*scanned.facts.pictures, *text.facts.pictures)
    digest = digest_of(text.body) if text.body else NO_DIGEST
    return SealablePage(text.body, PageFacts(digest, len(text.body), taken, why), _TEXT)


def sealable_sheet(untrusted: bytes) -> SealablePage:
    """A style sheet without the pictures that were written into it; where one may be left, nothing of it."""
    scanned = without_pictures(untrusted)
    if not scanned.body:
        return scanned
    # CSS may write each letter as a number
    read = without_pictures(_ESCAPE.sub(_meant, _TAKEN_OUT.sub(b"", scanned.body)))
    if _is_wide(untrusted) or read.facts.pictures:
        why = "a picture may be written into it in a way that could not be taken out"
        return SealablePage(b"", replace(scanned.facts, digest=NO_DIGEST, size=0, withheld=why))
    return scanned


def _meant(escape: re.Match[bytes]) -> bytes:
    number, letter = escape.groups()
    if number is None:
        return letter.strip()  # a line that goes on
    code = int(number, 16)
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else b""


def _is_wide(body: bytes) -> bool:
    nuls = body.count(b"\0")
    return body.startswith(_MARKS) or nuls * 50 > len(body) or (nuls > 0 and _WIDE.search(body) is not None)


async def _read(page: Fetched, body: bytes, reader: Reader) -> PageContent:
    parser = Parser.FEED if _XML.match(body) and b"<html" not in body[:2_000].lower() else Parser.HTML
    return await reader.page(ParseJob(parser, page.url, page.header("content-type") or ""), body)


def _why_not(content: PageContent) -> str:
    shown = [url for image in content.images for url in (image.url, *image.alternatives)]
    if content.problem is not None and not content.text and not content.images:
        return f"it could not be read again: {content.problem.message}"
    if len(content.images) >= MAX_PAGE_IMAGES:
        return "it shows more pictures than are looked at"
    if any(map(_is_picture, shown)):
        return "a picture is written into it in a way that could not be taken out"
    return ""


def _is_picture(url: str) -> bool:
    if url[:5].lower() != "data:" or url.startswith("data:sha256,"):
        return False
    return len(url.partition(",")[2]) >= LEAST_URI_CHARS


def _as_text(content: PageContent) -> str:
    shown = (url for image in content.images for url in (image.url, *image.alternatives))
    text = _NO_TEXT.sub("\ufffd", content.text)  # bytes of a picture, read as letters
    lines = [content.title, content.url, "", text, "", *content.links, *content.next_pages, "", *shown]
    return "\n".join(line for line in lines if line[:5].lower() != "data:") + "\n"
