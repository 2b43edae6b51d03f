"""The child. `main` is called by the pool's start-up line, in a fresh interpreter without environment.

Everything is imported and used once, then the process gives up what it does not need (`confine`), says so, and answers
jobs until its pipe ends. It never logs: what it would say comes from outside.
"""

from __future__ import annotations

import gc
import os
import signal
import struct
from collections.abc import Callable

from monitor.errors import UnreadableImage
from monitor.lifeline import stay_with
from monitor.private import keep_private
from monitor.reader import messages, pages, registries
from monitor.reader.child.confine import confine, die_first
from monitor.reader.messages import Job, WorkerAnswer, WorkerKind

Handler = Callable[[Job, bytes], WorkerAnswer]

_PICTURES = 1536 * 1024 * 1024
MEMORY = {
    WorkerKind.PAGE: 768 * 1024 * 1024,
    WorkerKind.PICTURE: _PICTURES,
    WorkerKind.HASHES: _PICTURES,
    WorkerKind.PHOTO: _PICTURES,
    WorkerKind.SHOWN: _PICTURES,
}
"""Bytes beyond what is in use after start: 80 megapixels with transparency need 1.2 GB for a moment."""

_PIPE = 0  # the pool's end of a socket pair stands in for standard input
_LENGTH = struct.Struct(">I")


def main(said: str, parent: str) -> None:
    kind = WorkerKind(said)
    prepare = {
        WorkerKind.PAGE: prepare_pages,
        WorkerKind.PICTURE: prepare_pictures,
        WorkerKind.HASHES: prepare_hashes,
        WorkerKind.PHOTO: prepare_photos,
        WorkerKind.SHOWN: prepare_shown,
    }[kind]
    serve(prepare, memory=MEMORY[kind], parent=int(parent))


def serve(prepare: Callable[[], Handler], *, memory: int, parent: int) -> None:
    """prepare: imports and warms up, returns what answers a job."""
    stay_with(parent)
    die_first()
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pool, which ends its workers in order
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"  # before NumPy is loaded; cleared again with the rest
    handle = prepare()
    gc.freeze()  # what is loaded by now stays: no use in looking through it again and again
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.closerange(3, 65_536)
    send(messages.pack_message(messages.Hello(confine(memory=memory, parent=parent))))
    while (head := receive(_LENGTH.size)) is not None:
        job = messages.unpack_job(received(_LENGTH.unpack(head)[0]))
        send(messages.pack_message(handle(job, received(job.size))))


def prepare_pages() -> Handler:
    from monitor.crawl.robots.reading import read_robots
    from monitor.sources.reading import mail, parsers
    from monitor.takedown.rdap.reading import read_dns_text, read_registry, read_servers

    parsers.warm_up()
    mail.read_samples()

    def handle(job: Job, untrusted: bytes) -> WorkerAnswer:
        if isinstance(job.task, messages.RobotsTask):
            return pages.answer_robots(read_robots(untrusted), job.nonce)
        if isinstance(job.task, messages.RegistryTask):
            record = read_dns_text(untrusted) if job.task.is_dns else read_registry(untrusted)
            return messages.RegistryAnswer(job.nonce, registries.wire_record(record))
        if isinstance(job.task, messages.ServersTask):
            return messages.ServersAnswer(job.nonce, registries.wire_servers(read_servers(untrusted)))
        if isinstance(job.task, messages.MailTask):
            return pages.answer_mail(mail.read_mail(untrusted), job.nonce)
        assert isinstance(job.task, messages.PageTask)  # noqa: S101  # the pool sends nothing else here
        return pages.answer_page(parsers.read_answer(job.task.job, untrusted), job.nonce)

    return handle


def prepare_pictures() -> Handler:
    """What was found: hashes, and features where they are wanted."""
    return _warm(_pictures(panels=False), messages.ImageTask)


def prepare_hashes() -> Handler:
    """What was found, where features are switched off: the first look is the only one, so that panels are hashed in it.
    OpenCV is not even loaded."""
    return _warm(_pictures(panels=True), messages.ImageTask, features=False)


def _pictures(*, panels: bool) -> Handler:
    """panels: hashed where features are not asked for."""
    from monitor.matching.reading.fingerprint import PictureReader
    from monitor.model.fingerprint import Detail, PicturePart
    from monitor.reader import arrays

    reader, first = PictureReader(), Detail.PANELS if panels else Detail.HASHES

    def read(job: Job, untrusted: bytes) -> WorkerAnswer:
        if isinstance(job.task, messages.WindowsTask):
            parts = [PicturePart(part.box, part.number) for part in job.task.parts]
            return arrays.answer_windows(reader.windows(untrusted, parts), job.nonce)
        assert isinstance(job.task, messages.ImageTask)  # noqa: S101  # the pool sends nothing else here
        detail = Detail.FEATURES if job.task.features else first
        return arrays.answer_image(reader.image(untrusted, detail), job.nonce)

    return _telling_why(read)


def prepare_photos() -> Handler:
    """What is enrolled. A kind of its own: imagehash brings scipy, which reading what was found does without."""
    from monitor.matching.reading.fingerprint import read_photo
    from monitor.reader import arrays

    def read(job: Job, untrusted: bytes) -> WorkerAnswer:
        assert isinstance(job.task, messages.PhotoTask)  # noqa: S101  # the pool sends nothing else here
        return arrays.answer_photo(read_photo(untrusted, features=job.task.features), job.nonce)

    return _warm(_telling_why(read), messages.PhotoTask)


def prepare_shown() -> Handler:
    """What a person wants to see. A kind of its own: nothing of it needs what matching does."""
    from monitor.matching.reading.shown import shown_picture
    from monitor.reader.child import threadless
    from monitor.reader.child.samples import samples
    from monitor.reader.shown import answer_shown

    def read(job: Job, untrusted: bytes) -> WorkerAnswer:
        assert isinstance(job.task, messages.ShownTask)  # noqa: S101  # the pool sends nothing else here
        return answer_shown(shown_picture(untrusted, band=job.task.band, is_page=job.task.is_page), job.nonce)

    handle = _telling_why(read)
    threadless.start_none()
    for sample in samples():
        handle(Job(b"warm up.", len(sample), messages.ShownTask()), sample)
    return handle


def _telling_why(read: Handler) -> Handler:
    def handle(job: Job, untrusted: bytes) -> WorkerAnswer:
        try:
            return read(job, untrusted)
        except UnreadableImage as error:
            message, remedy = str(error)[: messages.MAX_WORDS_CHARS], error.remedy[: messages.MAX_WORDS_CHARS]
            return messages.Unreadable(job.nonce, error.kind, message, remedy)

    return handle


def _warm(
    handle: Handler, task: Callable[..., messages.ImageTask | messages.PhotoTask], *, features: bool = True
) -> Handler:
    from monitor.reader.child import threadless
    from monitor.reader.child.samples import samples

    threadless.start_none()
    formats = list(samples())
    for sample in formats:
        handle(Job(b"warm up.", len(sample), task(features=False)), sample)
    if features:  # they know no formats: one picture is enough
        handle(Job(b"warm up.", len(formats[0]), task(features=True)), formats[0])
    return handle


def receive(size: int) -> bytearray | None:
    """None when the pool has gone, or ended the pipe."""
    buffer = bytearray(size)
    view, at = memoryview(buffer), 0
    while at < size:
        count = os.readv(_PIPE, [view[at:]])
        if count == 0:
            return None
        at += count
    return buffer


def received(size: int) -> bytes:
    whole = receive(size)
    if whole is None:
        os._exit(0)
    return bytes(whole)


def send(packed: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(packed)) + packed)
    while view:
        view = view[os.write(_PIPE, view) :]
