"""A mail from a file to what it says. Run by a confined reader only.

Python's own parser splits it; headers and charsets are decoded here, since the parser's newer half raises on some heads
that mail programs write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from selectolax.lexbor import LexborHTMLParser

from monitor.crawl.extract.charset import charset_of, labelled
from monitor.crawl.extract.text import read_as, squeeze
from monitor.model.mail import MAX_FAILED, MAX_MAIL_BYTES, MAX_MAIL_LINE_CHARS, MAX_MAIL_TEXT_CHARS, MailReading

_MAX_PARTS = 200
_MAX_HTML = 4_000_000  # characters
_MAX_HEADER = 8_000  # characters; longer ones are nobody's subject
_UNSEEN = ["head", "script", "style", "template", "noscript", "title"]
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]{0,200}>", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")
_AUTOMATIC = frozenset({"bulk", "auto_reply", "junk"})


def read_mail(untrusted: bytes) -> MailReading:
    """Never raises for what is in it, but RecursionError where its parts lie too deep within each other."""
    message = BytesParser(policy=compat32).parsebytes(untrusted[:MAX_MAIL_BYTES])
    parts = list(_parts(message))
    failed, why = _failed(parts)
    return MailReading(
        subject=_header(message, "Subject"),
        sender=_sender(message),
        date=_header(message, "Date")[:100],
        text=_text(parts),
        is_automatic=_is_automatic(message),
        failed=failed,
        why=why,
    )


def _parts(message: Message) -> Iterator[Message]:
    """In the order in which they stand, without what is attached."""
    waiting, seen = [message], 0
    while waiting and seen < _MAX_PARTS:
        part, seen = waiting.pop(), seen + 1
        payload = part.get_payload()
        if isinstance(payload, list):
            if part.get_content_type() == "message/delivery-status":
                yield part
            elif part.get_content_type() != "message/rfc822":  # what was sent, given back
                waiting.extend(one for one in reversed(payload) if isinstance(one, Message))
        elif part.get_content_disposition() != "attachment":
            yield part


def _text(parts: list[Message]) -> str:
    """The plain words where there are any; else those of the HTML."""
    plain = "\n".join(_decoded(part) for part in parts if part.get_content_type() == "text/plain")
    if not plain.strip():
        plain = "\n".join(_words_of(_decoded(part)) for part in parts if part.get_content_type() == "text/html")
    lines = (squeeze(line, MAX_MAIL_LINE_CHARS) for line in plain[: MAX_MAIL_TEXT_CHARS * 4].splitlines())
    return "\n".join(lines).strip()[:MAX_MAIL_TEXT_CHARS]


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return read_as(payload, charset_of(payload, str(part.get("Content-Type", ""))))


def _words_of(html: str) -> str:
    document = LexborHTMLParser(_BREAKS.sub("\\g<0>\n", html[:_MAX_HTML]))
    document.strip_tags(_UNSEEN, recursive=True)
    return document.body.text(separator=" ") if document.body is not None else ""


def _header(message: Message, name: str) -> str:
    try:
        raw = str(message.get(name, ""))[:_MAX_HEADER]
        words = [
            read_as(word, labelled(charset or "utf-8") or charset_of(word)) if isinstance(word, bytes) else word
            for word, charset in decode_header(raw)
        ]
    except (ValueError, LookupError, TypeError):  # a coded word that is none
        return squeeze(str(message.get(name, "")), MAX_MAIL_LINE_CHARS)
    return squeeze("".join(words), MAX_MAIL_LINE_CHARS)


def _sender(message: Message) -> str:
    """The last address in it: before it stands a name, which may look like one."""
    found = _ADDRESS.findall(_header(message, "From"))
    return str(found[-1])[:320] if found else ""


def _is_automatic(message: Message) -> bool:
    said = _header(message, "Auto-Submitted").lower().partition(";")[0].strip()
    return said not in ("", "no") or _header(message, "Precedence").lower() in _AUTOMATIC


def _failed(parts: list[Message]) -> tuple[tuple[str, ...], str]:
    """Of RFC 3464: each recipient has a block of lines; `delayed` and `delivered` are no failures."""
    blocks = [
        block
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for block in part.get_payload()
        if isinstance(block, Message) and _header(block, "Action").lower() == "failed"
    ]
    named = [_header(block, "Final-Recipient") or _header(block, "Original-Recipient") for block in blocks]
    failed = [name.rpartition(";")[2].strip().strip("<>")[:320] for name in named]
    why = _header(blocks[0], "Diagnostic-Code") or _header(blocks[0], "Status") if blocks else ""
    return tuple(dict.fromkeys(one for one in failed if one))[:MAX_FAILED], why


def read_samples() -> None:
    """Loads what Python's parser loads while it works: a confined worker can open no file later."""
    for encoding in ("quoted-printable", "base64", "x-uuencode", "7bit"):
        head = (
            b"Subject: =?utf-8?q?x?= =?utf-8?b?eA==?=\nContent-Type: multipart/mixed; boundary=x; a*=utf-8''b\n\n--x\n"
        )
        read_mail(head + b"Content-Transfer-Encoding: " + encoding.encode() + b"\n\neA==\n--x--\n")
    read_mail(b"Content-Type: text/html; charset=utf-8\n\n<p>x")
    read_mail(
        b"Content-Type: message/delivery-status\n\nA: b\n\nAction: failed\nFinal-Recipient: rfc822; a@b.example\n"
    )
