"""Tiny pictures that make the decoders load all they need before a worker is confined. Reader side: Pillow."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

_SIDE = 96
_SAVED: dict[str, tuple[dict[str, object], ...]] = {
    "JPEG": ({}, {"progressive": True}),
    "PNG": ({},),
    "GIF": ({},),
    "WEBP": ({}, {"lossless": True}),
    "AVIF": ({"speed": 10},),
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}, {"compression": "packbits"}),
    "BMP": ({},),
}
# 64 x 64 pixels with transparency: libheif's own encoder would take 9 MB and 40 ms at each start
_HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAkVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA"
    "AERAAAIAAQAAAAACaQABAAAAAAAAAEkAAgAAAAACsgABAAAAAAAAABoAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl"
    "AgAAAAACAABodmMxAAAAAA5waXRtAAAAAAABAAABhGlwcnAAAAFeaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/"
    "/wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNj"
    "b2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAByaHZjQwEECAAAAJ/4AAAAAB7wAPz8+PgAAA8DYAAB"
    "ABdAAQwB//8ECAAAAwCf+AAAAwAAHroCQGEAAQAmQgEBBAgAAAMAn/gAAAMAAB7AggQWW6kkprmwIAAAAwMgAAADACFiAAEAB0QBwXKwIkAAAAAO"
    "cGl4aQAAAAABCAAAACdhdXhDAAAAAHVybjptcGVnOmhldmM6MjAxNTphdXhpZDoxAAAAAB5pcG1hAAAAAAAAAAIAAQSBAgMEAAIEhQMGhwAAABpp"
    "cmVmAAAAAAAAAA5hdXhsAAIAAQABAAAAa21kYXQAAABFKAGvGYD3gPoK7/XdhjVQTaQQzAy0L2z4pnewMnMLTW8bWfvbvEpTplEVROasQo1KWJU/"
    "eg4mKk7v8qfbtu8pd88s06SAAAAAFigBrjPi7jK7NCJHu15oZa27f1rUQcA="
)


def samples() -> Iterator[bytes]:
    """Every format and colour mode that is read, still and moving, with and without transparency."""
    blocks = np.random.default_rng(1).integers(0, 256, (12, 12, 4), dtype=np.uint8)
    picture = Image.fromarray(np.repeat(np.repeat(blocks, 8, axis=0), 8, axis=1))
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    for name, ways in _SAVED.items():
        for options in ways:
            for mode in ("L", "RGB", "CMYK") if name == "JPEG" else ("P", "RGB", "RGBA"):
                if (mode == "P" and name in ("WEBP", "AVIF")) or (mode == "RGBA" and name == "BMP"):
                    continue
                yield _saved(picture.convert(mode), name, options)
    yield base64.b64decode(_HEIC)
    yield _saved(picture.convert("1"), "TIFF", {"compression": "group4"})
    yield _saved(picture.convert("RGB"), "TIFF", {"compression": "jpeg"})
    for name in ("GIF", "WEBP", "AVIF", "PNG", "TIFF"):
        moving = {"save_all": True, "append_images": [turned], "duration": 100}
        yield _saved(picture, name, _SAVED[name][0] | moving)
    upright = Image.Exif()
    upright[0x0112] = 6
    yield _saved(picture.convert("RGB"), "JPEG", {"exif": upright})
    yield _saved(Image.fromarray(np.arange(_SIDE * _SIDE, dtype=np.uint16).reshape(_SIDE, _SIDE)), "PNG", {})
    yield _saved(Image.new("LAB", (_SIDE, _SIDE), (90, 128, 128)), "TIFF", {})  # converted by a library of its own


def _saved(picture: Image.Image, name: str, options: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()
