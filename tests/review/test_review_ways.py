"""What the page says to do where a command would be named to somebody at a terminal."""

from __future__ import annotations

import pytest

from monitor.errors import UsageError, no_such
from monitor.mending import Mending
from monitor.model.case import Case
from monitor.model.ids import CaseId
from monitor.review.ways import remedy_of, way_told
from tests.review.pictures import pictures_kept
from tests.review.test_review_evidence import given
from tests.review.test_review_showing import person


@pytest.mark.parametrize("way", list(Mending))
def test_no_way_of_the_page_is_one_of_the_command_line(way: Mending) -> None:
    told = way_told(way)
    assert "--" not in told and "`" not in told and "reupload-monitor" not in told
    assert told[0].isupper()


def test_an_error_without_a_way_of_the_page_keeps_its_remedy() -> None:
    assert remedy_of(UsageError("x", remedy="Mount the disk.")) == "Mount the disk."
    assert remedy_of(no_such("report", "7", "default", "reports list")) == way_told(Mending.LIST_REPORTS)


SENT = {
    "a packet where one is": ("/evidence/export", {"finds": "1", "out": "/etc/hostname"}),
    "a packet in no folder": ("/evidence/export", {"finds": "1", "out": "/no/folder/x.zip"}),
    "a packet of no such find": ("/evidence/export", {"finds": "99", "out": "/tmp/x.zip"}),
    "a look where nobody looks": ("/wishes", {"kind": "look", "about": "nowhere"}),
    "a test without a channel": ("/wishes", {"kind": "test"}),
}


@pytest.mark.parametrize(("path", "fields"), [pytest.param(*row, id=name) for name, row in SENT.items()])
async def test_what_is_sent_wrongly_is_told_in_words_of_the_page(path: str, fields: dict[str, str]) -> None:
    async with person(pictures_kept(words=False)) as her:
        answer = await her.post(path, **fields)
    assert answer.status_code in (400, 409)
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert "reupload-monitor" not in main and " --" not in main


@pytest.mark.parametrize("path", ["/finds/nosuch", "/reports/nosuch", "/evidence/find/999"])
async def test_what_is_not_there_is_told_in_words_of_the_page(path: str) -> None:
    async with person(pictures_kept(words=False)) as her:
        main = (await her.get(path)).text.partition("<main")[2].partition("</main>")[0]
    assert "reupload-monitor" not in main and "--" not in main


@pytest.mark.parametrize("fields", [{}, {"at": "yesterday-ish"}, {"what": "x", "sighting": "99"}], ids=str)
async def test_own_evidence_that_cannot_be_taken_is_told_in_words_of_the_page(fields: dict[str, str]) -> None:
    async with person(pictures_kept(words=False)) as her:
        main = (await given(her, **fields)).text.partition("<main")[2].partition("</main>")[0]
    assert "Nothing was added yet" in main and "reupload-monitor" not in main and "--" not in main


async def test_where_there_are_several_cases_the_page_asks_whose_finds_are_meant() -> None:
    kept = pictures_kept(words=False)
    kept.app.store.cases.save(Case(CaseId("second")))
    async with person(kept) as her:
        page = await her.get("/evidence")
        assert page.status_code == 200 and "Whose finds?" in page.text
        done = await her.post("/case", case="second", then="/evidence")
        assert done.headers["location"] == "/evidence"
        assert "Nothing was found yet" in (await her.get("/evidence")).text
