"""Evidence on the page: what is kept, checked, handed on; what the person adds goes from the socket to its seal."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from monitor.errors import WorkFailed
from monitor.review.pages import own_evidence
from tests.review.pictures import CASE, PicturesKept, pictures_kept
from tests.review.test_review_showing import Person, person
from tests.store.store_values import a_sighting

MARK = b"these words stand in no file " * 50_000


class NoPaper:
    async def print(self, html: str) -> bytes:
        raise WorkFailed("there is no browser here")


def with_own_paper(kept: PicturesKept) -> PicturesKept:
    kept.app.__dict__["paper"] = NoPaper()
    kept.app.__dict__["screenshots"] = None
    return kept


async def given(her: Person, *files: tuple[str, bytes], token: str | None = None, **fields: str):  # type: ignore[no-untyped-def]
    parts = [(name, (None, value)) for name, value in {"token": token or her.token, **fields}.items()]
    return await her.client.post("/evidence/own/add", files=[*parts, *(("files", each) for each in files)])


async def test_files_and_words_are_sealed_and_lie_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        done = await given(
            her, ("chat.txt", MARK), ("other.mp4", b"\0" * 9), what="He wrote: ...", at="2026-11-20", find=""
        )
        assert done.headers["location"] == "/evidence/own"
        page = await her.get("/evidence/own")
        assert "Sealed: 2 files, and what you said." in page.text and "chat.txt" in page.text
        await her.unlock("")
    (entry,) = kept.app.own_evidence.listed(CASE)
    assert [file.name for file in entry.files] == ["chat.txt", "other.mp4"] and entry.words.what == "He wrote: ..."
    kept_file = kept.core._shows.unsealer(next(iter(kept.core._shows._open))).read(kept.sealed(entry.files[0].item))
    assert kept_file == MARK
    root = kept.identity.parent
    assert [
        path for path in (*root.rglob("*"), *tmp_path.rglob("*")) if path.is_file() and MARK[:60] in path.read_bytes()
    ] == []


async def test_without_the_token_nothing_is_taken() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        answer = await given(her, ("chat.txt", b"x"), token="another", what="words")
        assert answer.status_code == 403
    assert kept.app.own_evidence.listed(CASE) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"at": "yesterday-ish"}, "at", id="no time"),
        pytest.param({"saved_at": "2030-01-01"}, "saved_at", id="still to come"),
        pytest.param({"sighting": "999"}, "sighting", id="no such find"),
        pytest.param({"note": "x" * 20_001}, "note", id="a field too long"),
    ],
)
async def test_what_was_typed_is_kept_where_something_is_wrong(fields: dict[str, str], field: str) -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        answer = await given(her, ("chat.txt", MARK), what="He wrote: <b>", **fields)
        assert answer.status_code == 409
        assert "He wrote: &lt;b&gt;" in answer.text and f'id="{field}-wrong"' in answer.text
    assert kept.app.own_evidence.listed(CASE) == []
    assert len(list(kept.app.settings.vault_dir.glob("*.age"))) == 4, "what was sealed for it is gone"


async def test_one_that_is_too_large_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_evidence, "MOST_GIVEN_BYTES", 1_000)
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        done = await given(her, ("large.mp4", b"x" * 2_000), ("empty.txt", b""), ("chat.txt", b"x"), paths="/no/such\n")
        page = await her.get(done.headers["location"])
    assert "Added, but not all of it" in page.text
    for name, why in (("large.mp4", "larger than 1 kB"), ("empty.txt", "it is empty"), ("/no/such", "No such file")):
        assert name in page.text and why in page.text
    (entry,) = kept.app.own_evidence.listed(CASE)
    assert [file.name for file in entry.files] == ["chat.txt"]


async def test_an_entry_is_removed_after_a_page_that_says_what_goes() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await given(her, what="words")
        (entry,) = kept.app.own_evidence.listed(CASE)
        asked = await her.get(f"/evidence/own/remove/{entry.id}")
        assert "words" in asked.text and "cannot be undone" in asked.text
        await her.post("/evidence/own/remove", entry=entry.id)
    assert kept.app.own_evidence.listed(CASE) == []


async def test_checking_says_what_does_not_hold_and_opens_only_while_it_is_open() -> None:
    kept = pictures_kept(words=False)
    async with person(kept) as her:
        await her.post("/evidence/check")
        assert kept.views() == []
        await her.unlock("")
        await her.post("/evidence/check")
        assert len(kept.views()) == 1
        kept.sealed(kept.image).write_bytes(b"changed")
        done = await her.get((await her.post("/evidence/check")).headers["location"])
    assert kept.app.store.evidence.get(CASE, kept.image).file.path in done.text  # type: ignore[union-attr]
    assert "compare it with a backup" in done.text


async def test_a_packet_takes_the_passphrase_and_no_network(tmp_path: Path) -> None:
    kept = with_own_paper(pictures_kept(words=False))
    out = tmp_path / "packet.zip"
    async with person(kept) as her:
        none = await her.post("/evidence/export", finds=" ", out=str(out))
        assert none.status_code == 409 and "no find is named" in none.text
        sealed = await her.post("/evidence/export", finds="1", out=str(out))
        assert sealed.status_code == 409 and "Open the evidence with your passphrase" in sealed.text
        assert f'value="{out}"' in sealed.text
        await her.unlock("", then="export")
        done = await her.post("/evidence/export", finds="1-1, 1", out=str(out), with_own="1")
        page = await her.get(done.headers["location"])
        assert str(out) in page.text and "There is no report.pdf" in page.text
        again = await her.post("/evidence/export", finds="1", out=str(out))
        assert again.status_code == 409 and "exists" in again.text
    names = zipfile.ZipFile(out).namelist()
    assert "report.html" in names and "SHA256SUMS" in names
    assert [name for name in names if name.endswith((".png", ".jpg"))] == [], "no picture without the box"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        pytest.param("3 5,8", ("3", "5", "8"), id="numbers"),
        pytest.param(" 3-5 4 ", ("3", "4", "5"), id="from and to"),
        pytest.param("5-3 x-y -", ("5-3", "x-y", "-"), id="what is none stays as it was typed"),
        pytest.param("1-99999999999", ("1-99999999999",), id="too many"),
        pytest.param("", (), id="none"),
        pytest.param("9" * 5000 + "-" + "9" * 5000, ("9" * 5000 + "-" + "9" * 5000,), id="numbers that are none"),
    ],
)
def test_which_finds_are_meant(typed: str, named: tuple[str, ...]) -> None:
    from monitor.review.pages.evidence import _named

    assert _named(typed) == named


async def test_finds_stand_in_the_order_of_their_numbers_over_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.review.pages.evidence._PAGE", 2)
    kept = pictures_kept(words=False, finds=1)
    for number in (3, 2, 1):  # what is newer by its id has the smaller number
        kept.app.store.sightings.save(a_sighting(number))
    listed = []
    async with person(kept) as her:
        path = "/evidence"
        while path:
            page = (await her.get(path)).text
            listed += [int(number) for number in re.findall(r">Find (\d+)</a>", page)]
            (path, *_) = [*re.findall(r'href="(/evidence\?after=[^"]+)"', page), ""]
        assert listed == [1, 2, 3, 4]
        assert (await her.get("/evidence?after=%F0%9F%98%80")).status_code == 200


async def test_what_is_ticked_is_what_the_export_asks_about() -> None:
    kept = pictures_kept(words=False, finds=3)
    kept.app.decisions.dismiss("2", case=CASE)
    async with person(kept) as her:
        page = (await her.get("/evidence")).text
        assert re.findall(r'name="find" value="(\d+)"', page) == ["1", "3"], "what was said to be another's is not"
        asked = (await her.get("/evidence/export?find=1&find=3")).text
        assert re.search(r'name="finds"[^>]*value="1 3"', asked)
