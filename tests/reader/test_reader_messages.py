"""What a worker may answer, and what happens to an answer that is none of ours."""

from __future__ import annotations

import struct
from typing import TypeVar

import pytest

from monitor.errors import UnreadableImage, UnreadableKind
from monitor.matching.pdq import DIALECT
from monitor.model import limits
from monitor.model.fingerprint import Frame, ImageReading, Shares, Window
from monitor.model.page import Outcome, OutcomeKind, PageContent, ParseJob, Parser
from monitor.reader import arrays, messages, pages, pool
from monitor.reader.messages import BadAnswer, Job
from tests.reader import planted_worker

URL = "http://a.example/"
NONCE = b"12345678"
Kind = TypeVar("Kind")


def answered(task: messages.Task, untrusted: bytes = b"") -> messages.WorkerAnswer:
    """As it comes out of the pipe."""
    return messages.unpack_answer(messages.pack_message(planted_worker.handle(Job(NONCE, 0, task), untrusted)))


@pytest.mark.parametrize(
    "misdeed",
    [
        "short nonce",
        "refused as a picture",
        "its own address",
        "too many links",
        "too many images",
        "too long an address",
        "too much text",
        "a wait of no length",
        "an unknown outcome",
        "a number for a title",
    ],
)
def test_a_page_answer_outside_its_limits(misdeed: str) -> None:
    task = messages.PageTask(ParseJob(Parser.HTML, URL, rules=(("attempt", misdeed),)))
    with pytest.raises(BadAnswer):
        pool._content(answered(task))


@pytest.mark.parametrize("lie", planted_worker.BAD_PICTURES)
def test_a_picture_answer_outside_its_limits(lie: str) -> None:
    with pytest.raises(BadAnswer):
        pool._reading(answered(messages.ImageTask(features=True), lie.encode()))


def test_the_unchanged_answers_are_good() -> None:
    assert isinstance(pool._reading(answered(messages.ImageTask(features=True), b"good")), ImageReading)
    refused = pool._reading(answered(messages.ImageTask(features=True), b"a coloured refusal"))
    assert isinstance(refused, UnreadableImage)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x90", id="no map"),
        pytest.param(b"\x91" * 50_000, id="deep"),
        pytest.param(b"\x81\xa4type\xa3\xff\xfe\xfd", id="not UTF-8"),
        pytest.param(b"\x81\xa4type\xa4page", id="fields missing"),
        pytest.param(b"\x81\xa4type\xa5other", id="unknown type"),
        pytest.param(b"\xdf\xff\xff\xff\xff", id="four thousand million entries"),
        pytest.param(b"\xc6\xff\xff\xff\xff", id="four gigabytes of bytes"),
        pytest.param(messages.pack_message(messages.Hello(())), id="a greeting"),
    ],
)
def test_bytes_that_are_no_answer(packed: bytes) -> None:
    with pytest.raises(BadAnswer):
        messages.unpack_answer(packed)


@pytest.mark.parametrize("kind", [UnreadableKind.READER_DIED, UnreadableKind.READER_TIMEOUT])
def test_a_worker_does_not_say_of_itself_that_it_fell(kind: UnreadableKind) -> None:
    """It would be asked again with every change of what is enrolled."""
    answer = messages.unpack_answer(messages.pack_message(messages.Unreadable(NONCE, kind, "", "")))
    with pytest.raises(BadAnswer):
        pool._reading(answer)


def test_a_list_is_refused_by_its_length_before_its_items() -> None:
    """A header that promises many addresses, and none of them: the count is what is complained of."""
    head = messages.pack_message(messages.PageAnswer(NONCE, messages.WirePage(URL)))
    many = head.replace(b"\xa5links\x90", b"\xa5links\xdd" + struct.pack(">I", 2**31))
    assert many != head
    with pytest.raises(BadAnswer, match="length"):
        messages.unpack_answer(many)


def test_pages_beyond_the_maxima_are_cut_not_lost() -> None:
    content = PageContent(URL, links=(URL,) * 30_000 + ("x" * 9000,), text="x" * 30_000, title="t" * 5000)
    answer = messages.unpack_answer(messages.pack_message(pages.answer_page(content, NONCE)))
    kept = pool._content(answer)
    assert len(kept.links) == limits.MAX_LISTED_PAGES
    assert len(kept.text) == limits.MAX_PAGE_TEXT_CHARS


def test_what_crosses_is_every_field_of_a_page() -> None:
    assert messages.WirePage.__struct_fields__ == tuple(PageContent.__dataclass_fields__)


def test_what_crosses_is_every_field_of_a_problem_with_its_own_remedy() -> None:
    assert messages.WireOutcome.__struct_fields__ == tuple(Outcome.__dataclass_fields__)
    content = PageContent(URL, problem=Outcome(OutcomeKind.EMPTY, "no entry", "Look at the list.", 5.0))
    assert pool._content(messages.unpack_answer(messages.pack_message(pages.answer_page(content, NONCE)))) == content


WINDOW = Window((0.0, 0.0, 0.5, 1.0), Frame(bytes(256), 9, bytes(8), DIALECT), 1)


def test_windows_come_back_as_they_were_read() -> None:
    reading = ImageReading(
        "PNG", 9, 9, (Frame(bytes(256), 9),) * 2, windows=(WINDOW, Window((0.5, 0.0, 1.0, 1.0))), left_out=7
    )
    back = arrays.image_reading(_through(arrays.answer_image(reading, NONCE), messages.ImageAnswer))
    assert (back.windows, back.left_out) == (reading.windows, 7)
    asked = arrays.windows(_through(arrays.answer_windows([WINDOW], NONCE), messages.WindowsAnswer), [WINDOW.part])
    assert asked == (WINDOW,)


@pytest.mark.parametrize(
    ("box", "number"),
    [
        pytest.param((0.5, 0.0, 0.5, 1.0), 0, id="empty"),
        pytest.param((0.0, 0.9, 1.0, 0.1), 0, id="upside down"),
        pytest.param((0.0, 0.0, 1.0, 1.0), 1, id="in a frame that is not there"),
    ],
)
def test_a_window_that_is_nowhere_is_no_answer_of_ours(box: Shares, number: int) -> None:
    reading = ImageReading("PNG", 9, 9, (Frame(bytes(256), 9),), windows=(Window(box, number=number),))
    with pytest.raises(BadAnswer):
        arrays.image_reading(_through(arrays.answer_image(reading, NONCE), messages.ImageAnswer))


def test_other_windows_than_were_asked_for_are_no_answer_of_ours() -> None:
    answer = _through(arrays.answer_windows([WINDOW, WINDOW], NONCE), messages.WindowsAnswer)
    with pytest.raises(BadAnswer):
        arrays.windows(answer, [WINDOW.part])


def _through(answer: messages.WorkerAnswer, kind: type[Kind]) -> Kind:
    back = messages.unpack_answer(messages.pack_message(answer))
    assert isinstance(back, kind)
    return back
