"""A sheet taken apart again: each block as it is to be copied, whatever text of a site stands in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.takedown.answering import IN_TEXT, FormField
from monitor.takedown.channel import FieldKind
from monitor.takedown.drafts import Draft
from monitor.takedown.mail import printable_lines, subject_line
from monitor.takedown.sheet_reading import read_sheet
from tests.takedown.test_takedown_sheets import BOTH, FORM, MAIL, RULE, sheet

FIELDS = (
    FormField(label="URL of the post", value="https://a.example/1\nhttps://a.example/2", kind=FieldKind.URLS),
    FormField(label="Your e-mail", value="alias@mail.example", verified=True),
    FormField(label="How one can tell that it is you", value=""),
    FormField(label="Comments", value=IN_TEXT, limit=10_000),
)


@pytest.mark.parametrize(
    ("draft", "blocks"),
    [
        pytest.param(
            replace(FORM, fields=FIELDS),
            ["https://a.example/1\nhttps://a.example/2", "alias@mail.example", FORM.to_send],
            id="a form",
        ),
        pytest.param(MAIL, ["abuse@desk.example", subject_line(MAIL.subject), MAIL.to_send], id="a mail"),
        pytest.param(replace(FORM, fields=()), [FORM.to_send], id="a text alone"),
    ],
)
def test_each_block_is_as_it_is_to_be_sent(draft: Draft, blocks: list[str]) -> None:
    read = read_sheet(sheet(draft))
    assert [part.block and part.block.strip("\n") for part in read.parts] == [one.strip("\n") for one in blocks]


def test_each_block_has_its_label_and_what_the_person_fills_in_herself_stands_before_the_next() -> None:
    read = read_sheet(sheet(replace(FORM, fields=FIELDS)))
    assert [part.label.partition(" (")[0] for part in read.parts][:2] == ["1. URL of the post", "2. Your e-mail"]
    assert "You fill this in." in read.parts[2].words


def test_what_is_to_be_known_first_is_whole_sentences_without_commands() -> None:
    draft = replace(BOTH, cautions=("word " * 60, "x" * 75 + " y"))
    read = read_sheet(sheet(draft))
    assert read.about[0] == "DRAFT. Nothing has been sent." and "The form" not in read.about
    before, away, states = read.lists
    assert before.title == "Before you send" and before.items[2:] == (("word " * 60).strip(), "x" * 75 + " y")
    assert away.items == tuple(" ".join(one.split()) for one in draft.disclosures)
    assert states.items == tuple(" ".join(one.split()) for one in draft.states)
    assert [line.partition(":")[0] for line in read.about if line.startswith(("To:", "Category:", "Address:"))] == [
        "To",
        "Category",
        "Address",
    ]
    told = " ".join([*read.about, *(word for part in read.parts for word in part.words)])
    assert "reports sent" not in told and "mailto:" not in told


@given(
    st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from([RULE, f"a\n{RULE}\nb", "After you sent it"])
)
def test_no_text_of_a_site_leaves_its_block(text: str) -> None:
    draft = replace(FORM, to_send=text, fields=(FormField(label="Comments", value=IN_TEXT),))
    (part,) = read_sheet(sheet(draft)).parts
    assert part.block == "\n".join(printable_lines(text).splitlines())


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("Taken out by hand.", 0, id="no block left"),
        pytest.param(f"To\n{RULE}\nnever ended", 0, id="a block that was cut off"),
        pytest.param(f"To\n{RULE}\nx\n{RULE}\nText\n{RULE}\n", 1, id="the second one was"),
    ],
)
def test_what_a_person_changed_is_read_as_it_stands(text: str, blocks: int) -> None:
    assert len(read_sheet(text).parts) == blocks
