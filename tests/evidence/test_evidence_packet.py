"""What a packet holds, how its files are called, what it says of itself."""

from __future__ import annotations

import base64
import csv
import io
import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from monitor.evidence.packet_manifest import manifest_document, manifest_text
from monitor.evidence.packet_names import (
    ending,
    file_name,
    file_stem,
    holds_picture,
    is_only_text,
    sums_text,
    wants_own,
)
from monitor.evidence.report import as_text, how_to_check, method_words, report_html, time_told
from monitor.evidence.timeline import mirrors_table, timeline_table
from monitor.model.evidence import EvidenceKind
from monitor.model.match import Match, Method, Tier
from monitor.model.sighting import Status
from tests.evidence.packet_values import HEAD, digest, facts, own_entry

DENSE = random.Random(1).randbytes(3_000)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{ 7*7 }}{% raw %}",
    '=HYPERLINK("https://evil.example","open")',
    "+1+cmd|' /C calc'!A0",
    "\tx\r\nSet-Cookie: a=b\r\n\r\n<html>",
    "\u202egnp.exe\u2066\u200b\ufeff\x00\x1b[31mred\x07",
    "../../../etc/passwd\n/abs\\..\\win",
    "WARC/1.1\r\nWARC-Type: response\r\n\r\n",
    "a" * 10_000 + "the end",
    "\ud800 half a pair",
    "\uff1dcmd",
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


OURS = set(
    "html head meta title style body main h1 h2 h3 h4 p b br dl dt dd ul li table thead tbody tr th td span bdi "
    "div".split()
)
OUR_ATTRIBUTES = set("lang charset http-equiv content name class scope".split())


@pytest.mark.parametrize("text", ["", *HOSTILE], ids=lambda text: repr(text[:20]))
@pytest.mark.parametrize("with_images", [False, True])
def test_a_report_is_our_markup_alone(text: str, with_images: bool) -> None:
    html = report_html(facts(text, with_images=with_images))
    html.encode()  # half a surrogate pair would not be UTF-8
    tags = Tags()
    tags.feed(html)
    assert tags.seen <= OURS
    assert tags.attributes <= OUR_ATTRIBUTES
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", html)
    assert "alert(1)49" not in html and ";49" not in html, "no template of theirs is run"


def test_a_long_text_is_cut_and_the_exact_words_of_the_person_are_not() -> None:
    long = facts(HOSTILE[7])
    assert "athe end" not in report_html(replace(long, own=()))
    assert "athe end" in report_html(long)
    assert "aaaathe end" in manifest_text(replace(long, own=()))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_a_table_has_our_columns_and_rows_and_no_formula(text: str) -> None:
    for table, rows in ((timeline_table(facts(text)), 13), (mirrors_table(facts(text)), 2)):
        table.encode()
        read = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
        assert len(read) == rows + 1
        assert {len(row) for row in read} == {len(read[0])}
        assert not [cell for row in read for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))]
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\u200b]", table)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_the_manifest_has_every_text_whole(text: str) -> None:
    told = manifest_text(facts(text))
    assert told.isascii()
    read = json.loads(told)
    assert read["finds"][0]["title"] == text
    assert read["finds"][0]["account"] == text
    assert read["own"][0]["where"] == text
    assert {file["called"] for file in read["files"] + read["left_out"]} >= {text}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_no_name_of_theirs_is_a_path_or_a_command(text: str) -> None:
    told = how_to_check(facts(text), text)
    assert "unzip PACKET.zip" in told
    assert text not in told


def test_what_no_report_may_tell() -> None:
    """The label of a photo is the name of the person's own file, and may be hers."""
    told = facts()
    assert told.finds[0].sighting.match.label == "beach"
    for text in (report_html(told), manifest_text(told), timeline_table(told), mirrors_table(told)):
        assert "beach" not in text


def test_the_report_names_every_file_and_what_is_not_there() -> None:
    told = facts()
    html = report_html(told)
    for file in told.evidence_files:
        assert file.digest in html
        assert (file.name in html) is not bool(file.left_out)
    assert "Capture 2 lacks screenshot (no browser was found)" in html
    assert "What this does not prove" in html and HEAD[:16] in html
    assert "4 files are not in the packet" not in html and "5 files are not in the packet" in html
    assert "report.pdf" not in html


def test_of_a_rendered_page_what_came_is_what_the_address_answered() -> None:
    told = facts()
    capture = told.captures[0]
    rendered = replace(capture.answers[0], is_rendered=True, served_size=1_058, served_digest=digest("served"))
    html = report_html(replace(told, captures=(replace(capture, answers=(rendered,)),)))
    came = html.index("<dt>What came</dt>")
    made = html.index("<dt>What a browser made of it</dt>")
    assert came < html.index(digest("served")) < made < html.index(digest("page as served"))
    assert "1058 bytes" in html[came:made] and "18 kB" in html[made:]
    lost = replace(rendered, served_size=0, served_digest="")
    html = report_html(replace(told, captures=(replace(capture, answers=(lost,)),)))
    assert "<dt>What came</dt><dd>not known: the browser no longer had the bytes" in html


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param("2026-11-22T21:00:01+01:00", "2026-11-22 20:00:01 UTC", id="of the record"),
        pytest.param("Sun, 22 Nov 2026 20:00:01 GMT", "2026-11-22 20:00:01 UTC", id="of a header"),
        pytest.param("2026-11-22", "2026-11-22", id="without a time"),
        pytest.param("yesterday\u202e", "yesterday\\u{202e}", id="no time at all"),
        pytest.param("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", id="before all time"),
    ],
)
def test_a_time_that_was_told_is_in_utc(said: str, shown: str) -> None:
    assert time_told(said) == shown


def test_the_report_says_no_more_than_is_known() -> None:
    told = facts(with_images=True)
    assert "No program has compared it" not in report_html(told) and "Find 2: nobody has said" not in report_html(told)
    assert "2 finds on 2 pages of 2 sites" in report_html(told)
    second = told.finds[1]
    by_hand = replace(second.sighting, match=Match(Tier.MATCH, 1.0, "added by hand"), status=Status.NEW)
    html = report_html(replace(told, finds=(told.finds[0], replace(second, sighting=by_hand, photo=None))))
    assert "1 was recognised by comparison with 1 photo of the person" in html
    assert "Find 2: the person found it, or somebody for them. No program has compared it with a photo." in html
    assert "Find 2: nobody has said yet that it shows" in html
    assert "no program can know" in html and "or somebody who acts for them" in html


@pytest.mark.parametrize(
    ("with_images", "has_files", "said"),
    [
        pytest.param(True, True, "files named “picture” and “screenshot” show it", id="pictures"),
        pytest.param(True, False, "made with pictures, and no picture of a find was kept", id="none was kept"),
        pytest.param(False, True, "was made without pictures", id="without"),
    ],
)
def test_the_report_says_whether_the_packet_shows_pictures(with_images: bool, has_files: bool, said: str) -> None:
    told = facts(with_images=with_images)
    if not has_files:
        told = replace(told, captures=tuple(replace(one, files=one.files[:3]) for one in told.captures))
    assert said in report_html(told)


def test_a_report_without_pdf_says_so() -> None:
    told = replace(facts(), no_pdf="no browser was found")
    assert "There is no report.pdf: no browser was found" in report_html(told)
    assert "report.pdf" not in how_to_check(told, "case.zip")
    assert "report.pdf" in how_to_check(facts(), "case.zip")


@pytest.mark.parametrize(
    ("kind", "media_type", "name"),
    [
        pytest.param(EvidenceKind.PAGE, "text/html", "c/page.txt", id="a page is text"),
        pytest.param(EvidenceKind.SERVED, "text/html", "c/page-as-served.txt", id="as it was served"),
        pytest.param(EvidenceKind.WARC, "application/warc", "c/page.warc.gz", id="an archive"),
        pytest.param(EvidenceKind.PAGE, "application/gzip", "c/page.txt.gz", id="a packed page"),
        pytest.param(EvidenceKind.RECORD, "application/json", "c/record.json", id="a record"),
        pytest.param(EvidenceKind.IMAGE, "image/jpeg", "c/picture.jpg", id="a picture"),
        pytest.param(EvidenceKind.IMAGE, "image/svg+xml", "c/picture.txt", id="a drawing can run"),
        pytest.param(EvidenceKind.IMAGE, "image/../../x", "c/picture.bin", id="a hostile type"),
        pytest.param(EvidenceKind.OWN, "text/html; charset=x", "c/own.txt", id="a chat export"),
        pytest.param(EvidenceKind.OWN, "application/x-msdownload", "c/own.bin", id="a program"),
    ],
)
def test_names(kind: EvidenceKind, media_type: str, name: str) -> None:
    stem = file_stem(kind, is_of_one_find=kind is EvidenceKind.IMAGE)
    assert file_name(f"c/{stem}", kind, media_type, []) == name


def test_a_second_of_a_kind_has_a_number() -> None:
    taken = ["c/picture.jpg", "c/picture-2.jpg"]
    assert file_name("c/picture", EvidenceKind.IMAGE, "image/jpeg", taken) == "c/picture-3.jpg"
    assert ending("TEXT/CSV; header=present") == "csv"


@pytest.mark.parametrize(
    ("media_type", "content", "certain"),
    [
        pytest.param("text/plain", b"Er schrieb: zahl", True, id="words"),
        pytest.param("text/plain", b"", True, id="empty"),
        pytest.param("image/png", b"words", False, id="a picture by its name"),
        pytest.param("text/html", b"<p>words", False, id="a page may hold one"),
        pytest.param("message/rfc822", b"words", False, id="a mail may hold one"),
        pytest.param("text/plain", b"\x89PNG\r\n\x1a\n", False, id="a picture called text"),
        pytest.param("text/plain", b"GIF89a\x00", False, id="another"),
        pytest.param("text/plain", b"/9j/" + b"A" * 200, False, id="written in letters"),
        pytest.param("text/csv", b"data:image/png;base64,AAAA", False, id="a data: address"),
        pytest.param("text/plain", base64.encodebytes(DENSE), False, id="in lines, as mails have it"),
        pytest.param("text/csv", DENSE.hex(" ", 32).replace(" ", "\n").encode(), False, id="in lines of hexadecimal"),
        pytest.param("text/plain", b"a1b2 " * 400, True, id="codes that are no picture"),
        pytest.param("text/plain", b"https://example.org/" + b"a" * 200, True, id="a long address"),
    ],
)
def test_what_certainly_holds_no_picture(media_type: str, content: bytes, certain: bool) -> None:
    assert is_only_text(media_type, content) is certain


@pytest.mark.parametrize(
    ("kind", "of_one_find", "shows"),
    [
        pytest.param(EvidenceKind.IMAGE, True, True, id="the picture"),
        pytest.param(EvidenceKind.PAGE, False, False, id="the page, its pictures taken out"),
        pytest.param(EvidenceKind.RECORD, True, False, id="the record"),
        pytest.param(EvidenceKind.WARC, False, False, id="the archive of the page"),
        pytest.param(EvidenceKind.WARC, True, True, id="the archive of the picture"),
        pytest.param(EvidenceKind.SCREENSHOT, True, True, id="the screenshot"),
    ],
)
def test_which_files_show_a_picture(kind: EvidenceKind, of_one_find: bool, shows: bool) -> None:
    assert holds_picture(kind, is_of_one_find=of_one_find) is shows


def test_sums_are_what_sha256sum_reads() -> None:
    assert sums_text([("b", "1" * 64), ("a/c", "2" * 64)]) == f"{'2' * 64}  a/c\n{'1' * 64}  b\n"


def test_own_words_go_with_their_find_or_with_every_packet() -> None:
    about_none = own_entry()
    about_one = replace(about_none, sighting="s1")
    assert wants_own(about_none, ["s2"]) and wants_own(about_one, ["s1", "s2"]) and not wants_own(about_one, ["s2"])


@pytest.mark.parametrize(
    ("match", "words"),
    [
        pytest.param(Match(Tier.MATCH, 1.0, "added by you"), "is theirs; no program has compared it", id="by hand"),
        pytest.param(Match(Tier.MATCH, 0.9, "x", method=Method.PDQ, distance=4), "4 bits differ: the same", id="hash"),
        pytest.param(
            Match(Tier.POSSIBLE, 0.5, "x", method=Method.FEATURES, variant="mirrored"),
            "(local features): perhaps the same picture, mirrored",
            id="possible",
        ),
    ],
)
def test_the_method_in_words(match: Match, words: str) -> None:
    assert words in method_words(match)


def test_a_long_text_says_how_long_it_is() -> None:
    assert as_text("a" * 301) == "a" * 300 + " … (301 characters; whole in manifest.json)"


def test_the_reference_is_the_head_of_the_log() -> None:
    assert manifest_document(facts())["reference"] == HEAD[:16]
