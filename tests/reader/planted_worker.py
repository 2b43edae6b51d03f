"""Workers that were taken over by what they read. Everything about them but the handler is as in production."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from monitor.model import limits
from monitor.model.page import PageContent
from monitor.reader import messages, pages, wire
from monitor.reader.child import worker
from monitor.reader.messages import Job, WorkerAnswer

MEMORY = 256 * 1024 * 1024
_ARM = os.uname().machine != "x86_64"


def main(kind: str, parent: str) -> None:
    worker.serve(prepare, memory=MEMORY, parent=int(parent))


def prepare() -> worker.Handler:
    import mmap  # noqa: F401  # as after a real take-over: code needs no files, so give the exploits their modules
    import resource  # noqa: F401
    import threading  # noqa: F401

    return handle


def handle(job: Job, untrusted: bytes) -> WorkerAnswer:
    if isinstance(job.task, messages.PhotoTask | messages.ImageTask):
        return bad_picture(untrusted.decode(), job.nonce)
    if isinstance(job.task, messages.RobotsTask):
        if untrusted == b"die":
            os._exit(1)
        return messages.RobotsAnswer(job.nonce, (), ("lie" if untrusted == b"lie" else "/",), None)
    if isinstance(job.task, messages.MailTask):
        if untrusted == b"die":
            os._exit(1)
        return messages.MailAnswer(job.nonce, "x" * (2_000 if untrusted == b"lie" else 2), "", "", "", False, (), "")
    name = job.task.job.rule("attempt")
    if name in ATTEMPTS:
        return pages.answer_page(PageContent(job.task.job.url, text=attempt(ATTEMPTS[name])), job.nonce)
    return MISDEEDS[name](job, untrusted)


def attempt(what: Callable[[], object]) -> str:
    try:
        return f"DONE {what()!r}"
    except BaseException as error:
        return f"failed {type(error).__name__} {getattr(error, 'errno', '')}"


def _fork() -> object:
    if (pid := os.fork()) == 0:
        os._exit(0)
    return pid


def _raw(number: int, *arguments: object) -> object:
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def _thread() -> object:
    import _thread

    return _thread.start_new_thread(print, ())


def _environment() -> object:
    found = {**os.environ}
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_char_p
    for name in (b"REUPLOAD_MONITOR_SECRET", b"PATH", b"HOME"):
        if (value := libc.getenv(name)) is not None:
            found[name.decode()] = value.decode()
    if not found:
        found["from /proc"] = Path("/proc/self/environ").read_text()
    return found


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open a file": lambda: open("/etc/passwd").read(),
    "open a file by the raw call": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "open a file by openat2": lambda: _raw(437, -100, b"/etc/passwd", bytes(24), 24),
    "write a file": lambda: open("/tmp/exploit", "w").write("x"),
    "list a folder": lambda: os.listdir("/"),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    "make a socket": lambda: socket.socket(socket.AF_UNIX),
    "send a descriptor": lambda: _raw(211 if _ARM else 46, 0, bytes(56), 0),
    "fork": _fork,
    "start a thread": _thread,
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "read the environment": _environment,
    "trace another process": lambda: _raw(117 if _ARM else 101, 16, 1, 0, 0),
    "signal its parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "signal everybody": lambda: os.kill(-1, signal.SIGTERM),
    "become root again": lambda: os.setresuid(0, 0, 0),
    "lift a limit": lambda: sys.modules["resource"].setrlimit(7, (100, 100)),
    "memory that runs": lambda: sys.modules["mmap"].mmap(-1, 4096, prot=7),
    "a file in memory": lambda: os.memfd_create("x"),
    "io_uring": lambda: _raw(425, 8, bytes(120)),
    "a user namespace": lambda: _raw(97 if _ARM else 272, 0x10000000),
    "a key ring": lambda: _raw(219 if _ARM else 250, 0, -3),
    "another filter": lambda: _raw(277 if _ARM else 317, 1, 0, 0),
}


def hang(job: Job, untrusted: bytes) -> WorkerAnswer:
    while True:
        time.sleep(0.05)


def work(job: Job, untrusted: bytes) -> WorkerAnswer:
    while True:
        pass


def swell(job: Job, untrusted: bytes) -> WorkerAnswer:
    hoard = []
    while True:
        hoard.append(bytearray(64 * 1024 * 1024))


def say(*pieces: bytes) -> Callable[[Job, bytes], WorkerAnswer]:
    def talk(job: Job, untrusted: bytes) -> WorkerAnswer:
        for piece in pieces:
            os.write(0, piece)
        os._exit(0)

    return talk


def twice(job: Job, untrusted: bytes) -> WorkerAnswer:
    """An answer, and one to the next question in advance."""
    worker.send(messages.pack_message(page(job, title="early")))
    return page(job, title="late")


def page(job: Job, nonce: bytes | None = None, **fields: object) -> WorkerAnswer:
    return messages.PageAnswer(nonce or job.nonce, messages.WirePage(**{"url": "http://a.example/", **fields}))


def lie(**fields: object) -> Callable[[Job, bytes], WorkerAnswer]:
    return lambda job, untrusted: page(job, **fields)


def well(job: Job, untrusted: bytes) -> WorkerAnswer:
    return page(job, title=untrusted.decode())


def slowly(job: Job, untrusted: bytes) -> WorkerAnswer:
    time.sleep(0.02)
    return page(job, title=untrusted.decode())


def named(job: Job, untrusted: bytes) -> WorkerAnswer:
    time.sleep(0.02)
    return page(job, title=str(os.getpid()))


def _length(size: int) -> bytes:
    return struct.pack(">I", size)


MISDEEDS: dict[str, Callable[[Job, bytes], WorkerAnswer]] = {
    "well": well,
    "slowly": slowly,
    "named": named,
    "hang": hang,
    "work": work,
    "swell": swell,
    "twice": twice,
    "crash": lambda job, untrusted: ctypes.string_at(0),  # type: ignore[dict-item,return-value]
    "abort": lambda job, untrusted: os.abort(),
    "exit": lambda job, untrusted: os._exit(3),
    "too large": say(_length(0xFFFFFFF0), b"x" * 1000),
    "garbage": say(_length(10), b"\xc1" * 10),
    "cut off": say(_length(1000), b"x" * 10),
    "length only": say(b"\0\0"),
    "no map": say(_length(1), b"\x90"),
    "deep": say(_length(5000), b"\x91" * 5000),
    "not UTF-8": say(_length(10), b"\x81\xa4type\xa3\xff\xfe\xfd"),
    "other nonce": lambda job, untrusted: page(job, nonce=b"guessed!"),
    "short nonce": lambda job, untrusted: page(job, nonce=b"x"),
    "refused as a picture": lambda job, untrusted: messages.Unreadable(job.nonce, "broken", "", ""),
    "its own address": lie(url="file:///etc/passwd"),
    "too many links": lie(links=("http://a.example/",) * (limits.MAX_LISTED_PAGES + 1)),
    "too many images": lie(images=(messages.WireImageRef("http://a.example/"),) * (limits.MAX_PAGE_IMAGES + 1)),
    "too long an address": lie(links=("http://a.example/" + "x" * limits.MAX_URL_CHARS,)),
    "too much text": lie(text="x" * (limits.MAX_PAGE_TEXT_CHARS + 1)),
    "a wait of no length": lie(problem=messages.WireOutcome("blocked", retry_after_s=float("nan"))),  # type: ignore[arg-type]
    "an unknown outcome": lie(problem=messages.WireOutcome("fine")),  # type: ignore[arg-type]
    "a number for a title": lie(title=5),
    "strange addresses": lie(
        links=("http://a.example/1", "javascript:alert(1)", "file:///etc/passwd"),
        images=(messages.WireImageRef("file:///etc/passwd"), messages.WireImageRef("data:image/png;base64,AAAA")),
    ),
    "a coloured problem": lie(problem=messages.WireOutcome("blocked", "\x1b[31mred\n\u202eder", "\x07bell")),  # type: ignore[arg-type]
}


def bad_picture(name: str, nonce: bytes) -> WorkerAnswer:  # noqa: C901  # a table, one row a name
    """One field off a good answer."""
    points, descriptors = struct.pack("<4f", 1, 2, 3, 4), bytes(128)
    features = {"version": "v", "width": 9, "height": 9, "keypoints": points, "descriptors": descriptors}
    luma = {"width": 2, "height": 2, "pixels": bytes(4)}
    frame: dict[str, object] = {"pdq_turns": (bytes(32),) * 8, "pdq_quality": 50, "phash": bytes(8)}
    answer: dict[str, object] = {"format": "PNG", "width": 9, "height": 9, "frame_count": 1, "is_cut": False}
    count = 1
    if name == "no frames":
        count = 0
    elif name == "too many frames":
        count = messages.MAX_IMAGE_FRAMES + 1
    elif name == "seven turns":
        frame["pdq_turns"] = (bytes(32),) * 7
    elif name == "short turns":
        frame["pdq_turns"] = (bytes(31),) * 8
    elif name == "quality over 100":
        frame["pdq_quality"] = 101
    elif name == "short phash":
        frame["phash"] = bytes(7)
    elif name == "unknown format":
        answer["format"] = "EPS"
    elif name == "no width":
        answer["width"] = 0
    elif name == "endless frames":
        answer["frame_count"] = 2**62
    elif name == "luma too wide":
        luma = {"width": 513, "height": 1, "pixels": bytes(513)}
    elif name == "luma too short":
        luma["pixels"] = bytes(3)
    elif name == "too many keypoints":
        features |= {"keypoints": points * 2501, "descriptors": descriptors * 2501}
    elif name == "half a keypoint":
        features["keypoints"] = points[:12]
    elif name == "descriptors missing":
        features["descriptors"] = bytes(127)
    elif name == "NaN":
        features["keypoints"] = struct.pack("<4f", 1, float("nan"), 3, 4)
    elif name == "infinite":
        features["keypoints"] = struct.pack("<4f", 1, 2, 3, float("inf"))
    elif name == "no size":
        features["keypoints"] = struct.pack("<4f", 1, 2, 0, 4)
    elif name == "an unknown kind of refusal":
        return messages.Unreadable(nonce, "gone", "", "")  # type: ignore[arg-type]
    elif name == "a page":
        return messages.PageAnswer(nonce, messages.WirePage("http://a.example/"))
    elif name == "a coloured refusal":
        return messages.Unreadable(nonce, "broken", "\x1b[31mred", "\n")
    frame |= {"luma": wire.WireLuma(**luma), "features": wire.WireFeatures(**features)}  # type: ignore[arg-type]
    return messages.ImageAnswer(nonce, frames=(wire.WireFrame(**frame),) * count, **answer)  # type: ignore[arg-type]


BAD_PICTURES = (
    *("no frames", "too many frames", "seven turns", "short turns", "quality over 100", "short phash"),
    *("unknown format", "no width", "endless frames", "luma too wide", "luma too short", "too many keypoints"),
    *("half a keypoint", "descriptors missing", "NaN", "infinite", "no size", "an unknown kind of refusal", "a page"),
)
