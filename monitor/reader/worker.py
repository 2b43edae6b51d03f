"""The worker, started by `pool.Worker`. Loads what it needs, gives everything else away, then reads jobs from
descriptor 0 and writes answers to it until the other end closes.

Two classes, so that a daemon that only reads pages stays light: `page` (selectolax, feedparser) and `image` (NumPy,
Pillow, imagehash with SciPy, OpenCV).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.reader.messages import Answer

CHANNEL = 0
_READ_BYTES = 1024 * 1024


def main(kind: str, memory_mib: int) -> None:
    # One thread: the kernel will allow no more. Must be set before NumPy is loaded; cleared again below.
    os.environ.update(
        OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENCV_OPENCL_RUNTIME="disabled"
    )
    _killed_first()
    (warm_up_images if kind == "image" else warm_up_pages)()
    from monitor.reader.confine import confine
    from monitor.reader.messages import LENGTH, Ready, pack, unpack_job

    _write(pack(Ready(confine(memory_mib=memory_mib))))
    while header := _read(LENGTH.size):
        body = _read(LENGTH.unpack(header)[0])
        _write(answer_packed(unpack_job(body)))


def _killed_first() -> None:
    """When memory runs out, the kernel takes a worker, not the daemon."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
    except OSError:
        pass  # a container may forbid it; the address space is limited anyway


def warm_up_pages() -> None:
    from monitor.crawl import extract_text
    from monitor.crawl.identity import registrable_domain
    from monitor.sources import parse

    extract_text.warm_up()
    registrable_domain("www.example.co.uk")
    "bücher.example".encode("idna")
    parse.warm_up()


def warm_up_images() -> None:
    """Every format, every step once: libraries load parts of themselves on first use."""
    import io

    import cv2
    import numpy as np
    from PIL import AvifImagePlugin, Image

    from monitor.errors import UnreadableImage
    from monitor.matching.fingerprint import fingerprint_photo, read_image
    from monitor.ports import Detail
    from monitor.reader import arrays, messages  # noqa: F401 -- for later, like everything here

    cv2.setNumThreads(1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    noise = np.random.default_rng(1).integers(0, 255, (96, 96, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((512, 512))
    for format_name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        buffer = io.BytesIO()
        image.crop((0, 0, 64, 64)).save(buffer, format_name)
        read_image(buffer.getvalue(), detail=Detail.HASHES)
    image.save(buffer := io.BytesIO(), "JPEG")
    read_image(buffer.getvalue(), detail=Detail.FEATURES)
    fingerprint_photo(buffer.getvalue(), features=True)
    for broken in (b"\xff\xd8\xff\xe0 broken", b"no picture"):
        try:
            read_image(broken, detail=Detail.HASHES)
        except UnreadableImage:
            continue


def answer_packed(job: object) -> bytes:
    from monitor.errors import UnreadableImage
    from monitor.reader import messages

    try:
        return messages.pack(_answer(job))
    except UnreadableImage as error:
        return messages.pack(messages.Refused(error.kind, str(error), error.remedy))
    except (MemoryError, RecursionError):
        os._exit(1)  # no state to go on with; the pool tries once more in a fresh worker


def _answer(job: object) -> Answer:
    from monitor.reader import messages

    match job:
        case messages.PageJob():
            from monitor.sources.parse import parse

            return messages.PageAnswer(parse(job.job, job.untrusted))
        case messages.ImageJob():
            from monitor.matching.fingerprint import read_image
            from monitor.ports import Detail
            from monitor.reader.arrays import wire_reading

            return wire_reading(read_image(job.untrusted, detail=Detail(job.detail)))
        case messages.PhotoJob():
            from monitor.matching.fingerprint import fingerprint_photo
            from monitor.reader.arrays import wire_fingerprint

            return wire_fingerprint(fingerprint_photo(job.untrusted, features=job.features))
    raise TypeError(type(job).__name__)


def _read(size: int) -> bytes:
    """Exactly `size` bytes; b"" at the end."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(CHANNEL, min(_READ_BYTES, size - len(parts)))
        if not part:
            return b""
        parts += part
    return bytes(parts)


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(CHANNEL, view) :]
