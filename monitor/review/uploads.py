"""Files that a person chose in the browser: taken apart as they come from the socket, one at a time in memory. Nothing
is written anywhere, which form parsers do with what is large.

async for part in given_parts(content_type, request.stream(), most_bytes=30_000_000):
    ...

multipart/form-data as browsers send it (RFC 7578, and what the HTML standard says of names), and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum, auto

from monitor.errors import UsageError

MOST_HEAD = 8 * 1024  # of one part: its name and its file's
MOST_FIELD = 8 * 1024
MOST_GIVEN = 5_000
_AGAIN = "Choose the files once more."
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")  # RFC 2046 section 5.1.1, without blanks
_PARAMETER = re.compile(r';\s*(name|filename)="([^"\r\n]*)"')


class BadUpload(UsageError):
    """What came is no form of a browser, or was cut off."""


@dataclass(frozen=True, slots=True)
class GivenField:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class GivenFile:
    """filename: as the browser has it, '' where no file was chosen. is_cut: it is larger than may be; then nothing of
    it is here."""

    name: str
    filename: str
    content: bytes
    is_cut: bool = False


GivenPart = GivenField | GivenFile


class _At(Enum):
    DELIMITED = auto()
    """behind a boundary: another part, or the end"""
    HEAD = auto()
    BODY = auto()
    END = auto()


class PartReader:
    """Bytes in, in pieces of any size; whole parts out. most_bytes: of one file; most_field: of one field. Raises
    BadUpload."""

    def __init__(self, boundary: str, *, most_bytes: int, most_field: int = MOST_FIELD) -> None:
        self._delimiter, self._most = b"\r\n--" + boundary.encode("ascii"), most_bytes
        self._most_field = most_field
        self._buffer = bytearray(b"\r\n")  # so that the first boundary is one like the others
        self._at, self._parts = _At.BODY, 0
        self._name, self._filename = "", ""
        self._is_file, self._is_first = False, True
        self._body, self._is_cut = bytearray(), False

    def feed(self, untrusted: bytes) -> list[GivenPart]:
        """The parts that end in it."""
        if self._at is _At.END:
            return []  # what stands behind the end means nothing
        self._buffer += untrusted
        found: list[GivenPart] = []
        while self._step(found):
            pass
        return found

    def end(self) -> None:
        """Nothing more comes."""
        self._body = bytearray()
        if self._at is not _At.END:
            raise BadUpload("it was cut off before its end", remedy=_AGAIN)

    def _step(self, found: list[GivenPart]) -> bool:
        """Whether there is more to do with what is here."""
        match self._at:
            case _At.BODY:
                return self._read_body(found)
            case _At.DELIMITED:
                return self._read_delimited()
            case _At.HEAD:
                return self._read_head()
            case _:
                self._buffer.clear()
                return False

    def _read_body(self, found: list[GivenPart]) -> bool:
        at = self._buffer.find(self._delimiter)
        if self._is_first:
            if at == 0:
                self._is_first = False
            elif at > 0 or not self._delimiter.startswith(self._buffer):
                raise BadUpload("it does not begin as a form does", remedy=_AGAIN)
            else:
                return False
        else:
            self._keep(at if at >= 0 else max(0, len(self._buffer) - len(self._delimiter) + 1))
            if at < 0:
                return False
            found.append(self._part())
        del self._buffer[: len(self._delimiter)]
        self._at = _At.DELIMITED
        return True

    def _keep(self, size: int) -> None:
        """The first bytes of what is here belong to the part."""
        most = self._most if self._is_file else self._most_field
        if not self._is_cut and len(self._body) + size <= most:
            self._body += self._buffer[:size]
        elif self._is_file:
            self._is_cut, self._body = True, bytearray()
        else:
            raise BadUpload("a field of the form is too long", remedy=_AGAIN)
        del self._buffer[:size]

    def _part(self) -> GivenPart:
        body, self._body = bytes(self._body), bytearray()
        if self._is_file:
            return GivenFile(self._name, self._filename, body, self._is_cut)
        return GivenField(self._name, body.decode("utf-8", "replace"))

    def _read_delimited(self) -> bool:
        if len(self._buffer) < 2:
            return False
        what = bytes(self._buffer[:2])
        del self._buffer[:2]
        if what == b"--":
            self._at = _At.END
        elif what == b"\r\n":
            self._at = _At.HEAD
        else:
            raise BadUpload("the parts of the form cannot be told apart", remedy=_AGAIN)
        return True

    def _read_head(self) -> bool:
        at = self._buffer.find(b"\r\n\r\n", 0, MOST_HEAD)
        if at < 0:
            if len(self._buffer) >= MOST_HEAD:
                raise BadUpload("the head of a part has no end", remedy=_AGAIN)
            return False
        self._parts += 1
        if self._parts > MOST_GIVEN:
            raise BadUpload(f"there are more than {MOST_GIVEN} files", remedy="Choose fewer at once, or type a folder.")
        self._name, self._filename, self._is_file = _named(bytes(self._buffer[:at]))
        self._is_cut = False
        del self._buffer[: at + 4]
        self._at = _At.BODY
        return True


def _named(head: bytes) -> tuple[str, str, bool]:
    """The part's name, its file's, and whether it is a file. Raises BadUpload."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        kind, _, rest = value.strip().partition(";")
        if key.strip().lower() != "content-disposition" or kind.strip().lower() != "form-data":
            continue
        said = {name: _unescaped(text) for name, text in _PARAMETER.findall(f";{rest}")}
        if "name" in said:
            return said["name"], said.get("filename", ""), "filename" in said
    raise BadUpload("a part of the form has no name", remedy=_AGAIN)


def _unescaped(text: str) -> str:
    """As the HTML standard writes names: those three signs, and no other."""
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def boundary_of(content_type: str) -> str:
    """Raises BadUpload."""
    kind, *parameters = content_type.split(";")
    if kind.strip().lower() == "multipart/form-data":
        for parameter in parameters:
            name, _, value = parameter.strip().partition("=")
            value = value.strip().removeprefix('"').removesuffix('"')
            if name.lower() == "boundary" and _BOUNDARY.fullmatch(value):
                return value
    raise BadUpload("this is no form with files", remedy=_AGAIN)


async def given_parts(
    content_type: str, untrusted: AsyncIterator[bytes], *, most_bytes: int, most_field: int = MOST_FIELD
) -> AsyncIterator[GivenPart]:
    """Each part as soon as it is whole; what comes behind waits in the socket until it was dealt with. Raises
    BadUpload."""
    reader = PartReader(boundary_of(content_type), most_bytes=most_bytes, most_field=most_field)
    async for piece in untrusted:
        for part in reader.feed(piece):
            yield part
    reader.end()
