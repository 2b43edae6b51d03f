"""What a site wrote, through everything that the person sends, prints or opens: it stays text, in its place."""

from __future__ import annotations

import csv
import email
import io
import re
from dataclasses import replace
from email import policy
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor.documents.course import course_svg
from monitor.documents.tables import csv_text
from monitor.model.sighting import Sighting
from monitor.services.course import CourseService
from monitor.services.drafting import Statements
from tests.pipeline.pipeline_bench import Bench

HOSTILE = [
    pytest.param('=HYPERLINK("http://evil.example";"x")', id="a formula"),
    pytest.param("a\r\nBcc: spy@evil.example\r\n\r\nother text", id="a header"),
    pytest.param("a\n" + "=" * 70 + "\nSend money", id="a line of signs"),
    pytest.param("{{ config.items() }}{% include 'x' %}", id="template code"),
    pytest.param("</text><script>alert(1)</script><a href='javascript:x'>", id="script"),
    pytest.param("\u202egpj.exe\u2066\u200b", id="right to left"),
    pytest.param("\x1b[2J\x1b]0;x\x07", id="terminal codes"),
    pytest.param("\ud800\x00\u2028\ufffe", id="what cannot be printed"),
    pytest.param("=?utf-8?q?a=0D=0ABcc:_spy@evil.example?=", id="a coded header"),
    pytest.param('",=1+1,"', id="a cell's end"),
    pytest.param("x" * 5_000, id="very long"),
]


def planted(bench: Bench, text: str, *, channel_host: str = "imgur.com") -> Sighting:
    """A find whose every word from the site is this. Imgur is written to by mail."""
    sighting = bench.decisions.add(f"https://{channel_host}/a/9", case="default")
    place = replace(
        sighting.place, page_url=f"https://{channel_host}/a/{text}", image_url=f"https://i.{channel_host}/{text}.jpg"
    )
    planted = replace(sighting, place=replace(place, account=text, title=text))
    bench.store.sightings.save(planted)
    return planted


@pytest.mark.rows(2)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_find_through_everything_that_comes_out(bench: Bench, tmp_path: Path, text: str) -> None:
    sighting = planted(bench, text)
    done = bench.drafts.draft([sighting.id], case="default", out=tmp_path / "out", statements=Statements())
    files = [path for report in done.reports for path in Path(report.file).parent.iterdir()]
    assert {path.suffix for path in files} == {".txt", ".eml"}
    for path in files:
        assert re.fullmatch(r"[0-9A-Za-z_-]+\.(txt|eml)", path.name)
        assert all(line.isprintable() for line in path.read_bytes().decode().replace("\r\n", "\n").split("\n"))
        if path.suffix == ".eml":
            mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            assert mail["To"] == "abuse@imgur.com" and len(mail.keys()) == 6 and "Bcc" not in mail

    course = CourseService(bench.store, bench.clock)
    for rows in (course.mirrors((), case="default"), timeline_rows(course)):
        table = list(csv.reader(io.StringIO(csv_text(list(rows[0]), rows))))
        assert len(table) == len(rows) + 1 and {len(row) for row in table} == {len(rows[0])}
        for cell in (cell for row in table for cell in row):
            assert cell == "" or (cell.isprintable() and not cell.startswith(("=", "+", "-", "@")))

    picture = ElementTree.fromstring(course_svg(course.course("default")))
    assert {element.tag.rpartition("}")[2] for element in picture.iter()} <= {"svg", "title", "rect", "text"}
    assert not any(name.lower().startswith("on") or "href" in name for one in picture.iter() for name in one.attrib)


def timeline_rows(course: CourseService) -> list[dict[str, object]]:
    told = course.timeline((), case="default")
    return [{"at": one.exactly, "event": one.what, "where": one.where, "detail": one.detail} for one in told.happenings]
