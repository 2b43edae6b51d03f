"""The parts that answers about pictures are made of, each with its maxima. Needs no NumPy."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from monitor.model.limits import MAX_OUTLINES

MAX_KEYPOINTS = 2500
MAX_LUMA_SIDE = 512
MAX_IMAGE_FRAMES = 64
MAX_WIRE_NAME_CHARS = 80

Side = Annotated[int, Meta(ge=1, le=1_000_000)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Name = Annotated[str, Meta(max_length=MAX_WIRE_NAME_CHARS)]
PdqBits = Annotated[bytes, Meta(min_length=32, max_length=32)]
Share = Annotated[float, Meta(ge=0, le=1)]
FrameNumber = Annotated[int, Meta(ge=0, lt=MAX_IMAGE_FRAMES)]
WireBox = tuple[Share, Share, Share, Share]


class WireFeatures(Struct, frozen=True):
    version: Name
    width: Side
    height: Side
    keypoints: Annotated[bytes, Meta(max_length=MAX_KEYPOINTS * 16)]
    descriptors: Annotated[bytes, Meta(max_length=MAX_KEYPOINTS * 128)]


class WireLuma(Struct, frozen=True):
    width: Annotated[int, Meta(ge=1, le=MAX_LUMA_SIDE)]
    height: Annotated[int, Meta(ge=1, le=MAX_LUMA_SIDE)]
    pixels: Annotated[bytes, Meta(max_length=MAX_LUMA_SIDE * MAX_LUMA_SIDE)]


class WireHash(Struct, frozen=True):
    bits: Annotated[bytes, Meta(min_length=8, max_length=32)]
    dialect: Name


class WireFrame(Struct, frozen=True):
    pdq_turns: Annotated[tuple[PdqBits, ...], Meta(min_length=8, max_length=8)]
    pdq_quality: Percent
    phash: Annotated[bytes, Meta(min_length=8, max_length=8)] | None
    luma: WireLuma | None
    features: WireFeatures | None


class WirePart(Struct, frozen=True):
    box: WireBox
    number: FrameNumber


class WireWindow(Struct, frozen=True):
    box: WireBox
    frame: WireFrame | None
    number: FrameNumber = 0


class WireFingerprint(Struct, frozen=True):
    pdq: WireHash
    pdq_quality: Percent
    phash: WireHash | None
    width: Side
    height: Side
    features: WireFeatures | None
    luma: WireLuma | None
    outlines: Annotated[tuple[PdqBits, ...], Meta(max_length=MAX_OUTLINES)]
