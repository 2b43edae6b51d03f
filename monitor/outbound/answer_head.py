"""The head of an answer as browsers read it, written anew for parsers that would refuse it: the same length twice,
folded lines, blanks before a colon, lines that are none. Both transports read through this, so that one rule holds.

Nothing here makes two readings of one answer possible: where lengths disagree, both stay and the parser refuses. Rules
and tables: web-platform-tests' `fetch/content-length` and `fetch/h1-parsing`, and Chromium's `http_util.cc`.
"""

from __future__ import annotations

import re

from monitor.parts.messages.fetching import MAX_ANSWERED_HEAD_BYTES

_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAMELESS = re.compile(
    rb"\n(?!" + _NAME + rb":|\r\n\Z|\Z)"
)  # a line that is none; it begins with a letter that is soon found
_STATUS = re.compile(rb"(?:HTTP(?:/([0-9]{1,3})\.([0-9]{1,3}))?|ICY)[ \t]+([1-9][0-9]{2})(?![0-9])(.*)", re.I | re.S)
_FRAMING = re.compile(rb"\n(?:content-length|transfer-encoding):[ \t]*([^\r\n]*?)[ \t]*\r")
_END = re.compile(rb"\n\r?\n")
_BLANK = bytes.maketrans(b"\r\v\f", b"   ")


class AnswerHead:
    """Holds back what came until the head is whole, and what is more than it announced. Closed at first: bytes that
    nobody asked for are the parser's. is_longer: more came than was announced, which browsers leave unread."""

    def __init__(self) -> None:
        self._held, self._looked, self._is_open = bytearray(), 0, False
        self._left: int | None = None  # of the body; None = not told
        self.is_longer = False

    def begin(self) -> None:
        """A request goes out: what comes next is a head."""
        self._is_open, self._left, self.is_longer = True, None, False

    def feed(self, data: bytes) -> bytes:
        """What is for the parser by now; perhaps nothing."""
        if not self._is_open:
            return self._within(data)
        if not self._held and self._is_as_it_should_be(data):
            return data
        self._held += data
        ready = b""
        while self._is_open and (end := self._end()):
            head = bytes(self._held[:end])
            del self._held[:end]
            self._looked = 0
            head = mended(head)
            ready += head
            self._is_open = is_announcement(head)
            self._left = None if self._is_open else _announced(head)
        return ready if self._is_open else ready + self._within(self.rest())

    def _is_as_it_should_be(self, data: bytes) -> bool:
        """A whole head with nothing to mend, and no more behind it than it announced: nearly every answer, and a
        picture's bytes come with it. Nothing of it is copied."""
        found = _END.search(data) if data.startswith(b"HTTP/") else None
        if found is None or not _is_proper(head := data[: found.end()]) or is_announcement(head):
            return False
        left, come = _announced(head), len(data) - found.end()
        if left is not None and come > left:
            return False
        self._is_open, self._left = False, None if left is None else left - come
        return True

    def _within(self, data: bytes) -> bytes:
        if self._left is None:
            return data
        taken = data[: self._left]
        self._left -= len(taken)
        self.is_longer = self.is_longer or len(taken) < len(data)
        return taken

    def rest(self) -> bytes:
        """What is held though its end has not come."""
        self._is_open, self._looked = False, 0
        held = bytes(self._held)
        self._held.clear()
        return held

    def _end(self) -> int:
        """Where the head ends, 0 where it has not yet. Closes where this will be none: one that is too long is left to
        the parser's own bounds."""
        if not self._looked:
            blank = len(self._held) - len(self._held.lstrip(b"\r\n"))
            del self._held[:blank]
        start = bytes(self._held[:4]).upper()
        if not (b"HTTP".startswith(start) or b"ICY ".startswith(start)):  # first, so that no cut of it matters
            self._is_open = False
            return 0
        found = _END.search(self._held, max(0, self._looked - 2))
        if found is not None:
            return found.end()
        self._is_open = len(self._held) <= MAX_ANSWERED_HEAD_BYTES
        self._looked = len(self._held)
        return 0


def _announced(head: bytes) -> int | None:
    """Bytes of its body, where that is told by a length alone."""
    told = _FRAMING.findall(head.lower())
    if len(told) != 1 or not told[0].isdigit() or len(told[0]) > 18 or head[9:12] in (b"101", b"204", b"304"):
        return None
    return int(told[0])


def is_announcement(head: bytes) -> bool:
    """1xx, which another head follows; 101 is the last."""
    status = _STATUS.match(head)
    return status is not None and status[3].startswith(b"1") and status[3] != b"101"


def mended(head: bytes) -> bytes:
    """head: with the empty line that ends it. As it was where nothing is to be mended, or nothing can be."""
    if _is_proper(head):
        return head
    first, *lines = (line.rstrip(b"\r") for line in head.rstrip(b"\r\n").split(b"\n"))
    status = _STATUS.fullmatch(first)
    if status is None or b"\0" in head:
        return head
    is_old = (int(status[1] or 1), int(status[2] or 0)) < (1, 1)
    fields = _fields(lines)
    reason = status[4].translate(_BLANK).strip(b" \t")
    written = [b"HTTP/1.%d %s %s" % (0 if is_old else 1, status[3], reason)]
    kept = [(name, value) for name, value in fields if name.lower() not in (b"content-length", b"transfer-encoding")]
    written += [name + b": " + value for name, value in [*kept, *_length(fields, is_old=is_old)]]
    return b"\r\n".join([*written, b"", b""])


def _is_proper(head: bytes) -> bool:
    """Asked of each answer, and nearly always so: it is to cost nothing."""
    if head[:9] not in (b"HTTP/1.1 ", b"HTTP/1.0 ") or not head[9:12].isdigit() or head[12:13] != b" ":
        return False
    if not head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n") or _NAMELESS.search(head):
        return False
    if b"\0" in head or b"\v" in head or b"\f" in head:
        return False
    framing = _FRAMING.findall(head.lower())
    return not framing or (len(framing) == 1 and (framing[0].isdigit() or framing[0] == b"chunked"))


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """A line that begins with a blank goes on with the one before. What has no name is left out."""
    unfolded: list[bytes] = []
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            unfolded.append(line)
        elif unfolded:
            unfolded[-1] = unfolded[-1].rstrip(b" \t") + b" " + line.strip(b" \t")
    pairs = (line.partition(b":") for line in unfolded)
    named = ((name.rstrip(b" \t"), value.translate(_BLANK).strip(b" \t")) for name, _, value in pairs if _)
    return [(name, value) for name, value in named if re.fullmatch(_NAME, name)]


def _length(fields: list[tuple[bytes, bytes]], *, is_old: bool) -> list[tuple[bytes, bytes]]:
    """How its end is told, in one line or none: by chunks before a length; what is no number is no length."""
    codings, lengths = _items(fields, b"transfer-encoding"), _items(fields, b"content-length")
    if b"chunked" in (coding.lower() for coding in codings) and not is_old:
        return [(b"Transfer-Encoding", b"chunked")]
    told = list(dict.fromkeys(lengths))
    if len(told) > 1 or (told and told[0].isdigit()):
        return [(b"Content-Length", b", ".join(told))]
    return []


def _items(fields: list[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    values = (value for name, value in fields if name.lower() == wanted)
    return [item.strip(b" \t") for value in values for item in value.split(b",")]
