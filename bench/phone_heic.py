"""HEIC files as phones write them, of what any encoder made: tiles in a grid, a turn beside one in EXIF, a depth map, a
gain map, a thumbnail, a film behind the picture. ISO/IEC 23008-12 and 14496-12; nothing of a phone's is copied.

An encoder is a function from a picture to a plain HEIC file; its coded picture is taken out and put into other boxes.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pillow_heif
from PIL import Image, ImageOps

Encoder = Callable[[Image.Image], bytes]

TILE = 512  # pixels, as iPhones have it
DEPTH, GAIN = "urn:mpeg:hevc:2015:auxid:2", "urn:com:apple:photo:2020:aux:hdrgainmap"


def box(kind: str, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind.encode()) + body


def full(kind: str, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        start = 8
        if size == 1:
            (size,), start = struct.unpack_from(">Q", data, at + 8), 16
        size = size or len(data) - at
        yield kind.decode("latin-1"), data[at + start : at + size]
        at += size


@dataclass(frozen=True)
class Coded:
    """One picture as HEVC. properties: its boxes hvcC, ispe and, where the encoder padded it, clap."""

    data: bytes
    properties: tuple[bytes, ...]


def coded(heic: bytes) -> Coded:
    """The main picture of a plain file.

    x265 pads within the stream, whose conformance window crops it again. kvazaar's streams have no such window: `ispe`
    has to tell the padded size, and `clap` what of it is the picture.
    """
    meta = dict(boxes(next(body for kind, body in boxes(heic) if kind == "meta")[4:]))
    (primary,) = struct.unpack_from(">H", meta["pitm"], 4)
    properties = dict(boxes(meta["iprp"]))
    known = list(boxes(properties["ipco"]))
    own = dict(known[number - 1] for number in _associated(properties["ipma"], primary))
    extents = _extents(meta["iloc"], primary)
    return Coded(
        b"".join(heic[start : start + length] for start, length in extents),
        tuple(box(kind, own[kind]) for kind in ("hvcC", "ispe", "clap") if kind in own),
    )


def _associated(ipma: bytes, item: int) -> list[int]:
    version, flags = ipma[0], ipma[3]
    (count,), at = struct.unpack_from(">I", ipma, 4), 8
    for _ in range(count):
        (id_,) = struct.unpack_from(">I" if version else ">H", ipma, at)
        at += 4 if version else 2
        width, number = (2 if flags & 1 else 1), ipma[at]
        found = [int.from_bytes(ipma[at + 1 + n * width : at + 1 + (n + 1) * width], "big") for n in range(number)]
        at += 1 + number * width
        if id_ == item:
            return [value & (0x7FFF if flags & 1 else 0x7F) for value in found]
    raise ValueError("the main picture has no properties")


def _extents(iloc: bytes, item: int) -> list[tuple[int, int]]:
    version, sizes = iloc[0], (iloc[4] >> 4, iloc[4] & 15, iloc[5] >> 4, iloc[5] & 15)
    at = 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(iloc[at - size : at], "big")

    for _ in range(number(4 if version == 2 else 2)):
        id_ = number(4 if version == 2 else 2)
        if version:
            number(2)
        number(2)
        base = number(sizes[2])
        extents = []
        for _ in range(number(2)):
            if version:
                number(sizes[3])
            extents.append((base + number(sizes[0]), number(sizes[1])))
        if id_ == item:
            return extents
    raise ValueError("the main picture is nowhere")


@dataclass
class File:
    """A file that is put together."""

    items: list[tuple[int, str, int]] = field(default_factory=list)  # id, kind, flags
    places: list[tuple[int, int, int, int]] = field(default_factory=list)  # id, where, offset, length
    references: list[bytes] = field(default_factory=list)
    properties: list[bytes] = field(default_factory=list)
    associated: list[tuple[int, list[int]]] = field(default_factory=list)
    idat: bytes = b""
    mdat: bytes = b""

    def add(self, kind: str, data: bytes, properties: Sequence[bytes] = (), *, hidden: bool = False, inside: bool = False) -> int:  # fmt: skip  # noqa: E501
        """inside: in `idat`."""
        id_ = len(self.items) + 1
        self.items.append((id_, kind, int(hidden)))
        self.places.append((id_, int(inside), len(self.idat if inside else self.mdat), len(data)))
        if inside:
            self.idat += data
        else:
            self.mdat += data
        numbers = []
        for made in properties:
            if made not in self.properties:
                self.properties.append(made)
            numbers.append(self.properties.index(made) + 1)
        if numbers:
            self.associated.append((id_, numbers))
        return id_

    def picture(self, one: Coded, properties: Sequence[bytes] = (), *, hidden: bool = False) -> int:
        return self.add("hvc1", one.data, [*one.properties, *properties], hidden=hidden)

    def refer(self, kind: str, item: int, *others: int) -> None:
        self.references.append(box(kind, struct.pack(f">HH{len(others)}H", item, len(others), *others)))

    def bytes(self, primary: int) -> bytes:
        """The whole file."""
        ftyp = box("ftyp", b"heic\0\0\0\0mif1MiHBMiHEmiafheic")
        start = len(ftyp) + len(self._meta(primary, 0)) + 8
        return ftyp + self._meta(primary, start) + box("mdat", self.mdat)

    def _meta(self, primary: int, start: int) -> bytes:
        infos = [
            full("infe", struct.pack(">HH4s", id_, 0, kind.encode()), b"\0", version=2, flags=flags)
            for id_, kind, flags in self.items
        ]
        places = b"".join(
            struct.pack(">HHHHII", id_, inside, 0, 1, offset if inside else start + offset, length)
            for id_, inside, offset, length in self.places
        )
        pairs = b"".join(
            struct.pack(">HB", id_, len(numbers))
            + bytes(number | (0x80 if self._is_essential(number) else 0) for number in numbers)
            for id_, numbers in self.associated
        )
        return full(
            "meta",
            full("hdlr", b"\0\0\0\0pict", bytes(12), b"\0"),
            full("pitm", struct.pack(">H", primary)),
            full("iinf", struct.pack(">H", len(infos)), *infos),
            *([full("iref", *self.references)] if self.references else []),
            box("iprp", box("ipco", *self.properties), full("ipma", struct.pack(">I", len(self.associated)), pairs)),
            *([box("idat", self.idat)] if self.idat else []),
            full("iloc", b"\x44\x00", struct.pack(">H", len(self.places)), places, version=1),
        )

    def _is_essential(self, number: int) -> bool:
        return self.properties[number - 1][4:8] in (b"hvcC", b"clap", b"irot", b"imir")


def extent(size: tuple[int, int]) -> bytes:
    return full("ispe", struct.pack(">II", *size))


def exif(orientation: int) -> bytes:
    """The item: an offset, then what stands in a JPEG's segment."""
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "a phone"
    return struct.pack(">I", 6) + tags.tobytes()


def grid(
    file: File, picture: Image.Image, encode: Encoder, properties: Sequence[bytes] = (), tile_side: int = TILE
) -> int:
    """Tiles, the last ones beyond the picture's edge."""
    across, down = (-(-side // tile_side) for side in picture.size)
    canvas = Image.new("RGB", (across * tile_side, down * tile_side))
    canvas.paste(picture.resize(canvas.size), (0, 0))  # what lies beyond the edge is of the picture's own shades
    canvas.paste(picture, (0, 0))
    tiles = []
    for row in range(down):
        for column in range(across):
            left, top = column * tile_side, row * tile_side
            tile = canvas.crop((left, top, left + tile_side, top + tile_side))
            tiles.append(file.picture(coded(encode(tile)), hidden=True))
    shape = struct.pack(">BBBBHH", 0, 0, down - 1, across - 1, *picture.size)
    item = file.add("grid", shape, [extent(picture.size), *properties], inside=True)
    file.refer("dimg", item, *tiles)
    return item


def beside(file: File, picture: Image.Image, encode: Encoder, urn: str = "") -> tuple[str, int]:
    """A smaller picture of it: a thumbnail, or with urn what it says. How it refers to it, and its id."""
    small = ImageOps.contain(picture, (320, 320))
    small = small.crop((0, 0, small.width // 2 * 2, small.height // 2 * 2))
    if urn:
        small = ImageOps.grayscale(small).point(lambda value: 255 - value).convert("RGB")
    made = [full("auxC", urn.encode() + b"\0")] if urn else []
    return "auxl" if urn else "thmb", file.picture(coded(encode(small)), made, hidden=bool(urn))


TURNED = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
"""Quarters of a turn, against the clock, that a viewer makes: how the picture lies in the file before."""


def iphone(
    picture: Image.Image, encode: Encoder, *, quarters: int = 0, aux: Sequence[str] = (), tile_side: int = TILE
) -> bytes:
    """A grid with thumbnail and EXIF, which says the turn once more, as phones do. The tiles come last in the file."""
    lies = picture.transpose(TURNED[quarters]) if quarters else picture
    file = File()
    others = [beside(file, lies, encode, urn) for urn in ("", *aux)]
    others.append(("cdsc", file.add("Exif", exif({0: 1, 1: 8, 2: 3, 3: 6}[quarters]))))
    item = grid(file, lies, encode, [box("irot", bytes([quarters]))] if quarters else [], tile_side)
    for kind, other in others:
        file.refer(kind, other, item)
    return file.bytes(item)


def samsung(picture: Image.Image, encode: Encoder, *, film: bool = False) -> bytes:
    """One coded picture, EXIF; film: a motion photo, whose film stands behind the picture in a box of its own."""
    file = File()
    item = file.picture(coded(encode(picture)))
    file.refer("cdsc", file.add("Exif", exif(1)), item)
    behind = box("mpvd", box("ftyp", b"mp42\0\0\0\0isommp42"), box("mdat", bytes(range(256)) * 200)) if film else b""
    return file.bytes(item) + behind


def mirrored(picture: Image.Image, encode: Encoder) -> bytes:
    file = File()
    lies = ImageOps.mirror(picture)
    return file.bytes(file.picture(coded(encode(lies)), [box("imir", b"\x01")]))


def burst(picture: Image.Image, encode: Encoder) -> bytes:
    """Three pictures, of which the second is the main one."""
    file = File()
    dark = picture.point(lambda value: value // 8)
    first = file.picture(coded(encode(ImageOps.invert(picture))))
    main, last = (file.picture(coded(encode(one))) for one in (picture, dark))
    assert first < main < last
    return file.bytes(main)


SHAPES: dict[str, Callable[[Image.Image, Encoder], bytes]] = {
    "plain": lambda picture, encode: encode(picture),
    "grid": iphone,
    "grid, a quarter turn": lambda picture, encode: iphone(picture, encode, quarters=3),
    "grid, a half turn": lambda picture, encode: iphone(picture, encode, quarters=2),
    "grid, the other quarter": lambda picture, encode: iphone(picture, encode, quarters=1),
    "portrait with depth map": lambda picture, encode: iphone(picture, encode, aux=[DEPTH]),
    "gain map, depth map, turned": lambda picture, encode: iphone(picture, encode, quarters=3, aux=[GAIN, DEPTH]),
    "one picture with EXIF": samsung,
    "motion photo": lambda picture, encode: samsung(picture, encode, film=True),
    "mirrored": mirrored,
    "burst": burst,
}


def by_pillow_heif(picture: Image.Image, preset: str = "slow") -> bytes:
    """x265, as libheif holds it here. preset: x265's; `ultrafast` takes an eighth of the time."""
    file = io.BytesIO()
    pillow_heif.from_pillow(picture.convert("RGB")).save(file, quality=60, enc_params={"preset": preset})
    return file.getvalue()


def quickly(picture: Image.Image) -> bytes:
    return by_pillow_heif(picture, "ultrafast")
