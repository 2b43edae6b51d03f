"""The guide's texts as parts: every word of every page is there, and nothing of the marks."""

from __future__ import annotations

import re
from datetime import date

import pytest

from monitor.guide import title_of, topics
from monitor.guide.reading import GuideBlock, GuidePart, GuideWords, read_guide
from monitor.services.guide_pages import guide_page

TODAY = date(2026, 11, 29)


def words_of(block: GuideBlock) -> str:
    return " ".join("".join(one.text for one in line) for line in block.lines)


@pytest.mark.parametrize("topic", topics())
def test_every_word_of_a_page_is_there(topic: str) -> None:
    text = guide_page(topic, TODAY)
    blocks = read_guide(text)
    assert blocks[0].level == 1 and words_of(blocks[0]) == title_of(topic)
    assert [block.level for block in blocks[1:] if block.level] == [2] * text.count("\n## ")
    plain = re.sub(r"^(#+|-|[0-9]+\.) +", "", text.replace("`", ""), flags=re.MULTILINE)
    assert " ".join(map(words_of, blocks)).split() == plain.split()
    shown = [one for block in blocks for line in block.lines for one in line]
    assert not any("`" in one.text or "{{" in one.text for one in shown)
    assert not any("://" in one.text for one in shown if one.part is GuidePart.TEXT)


def test_the_parts_of_a_text() -> None:
    text = "# A\n\nSee `run x`\nor https://a.example/b, c@d.example.\n\n1. one\n   more\n2. two\n\n- x\n- y\n\n## B\n"
    line = (
        GuideWords(GuidePart.TEXT, "See "),
        GuideWords(GuidePart.CODE, "run x"),
        GuideWords(GuidePart.TEXT, " or "),
        GuideWords(GuidePart.ADDRESS, "https://a.example/b"),
        GuideWords(GuidePart.TEXT, ", "),
        GuideWords(GuidePart.ADDRESS, "c@d.example"),
        GuideWords(GuidePart.TEXT, "."),
    )
    read = read_guide(text)
    assert read[1] == GuideBlock((line,))
    assert [(words_of(one), one.level, one.is_list, one.is_numbered) for one in read] == [
        ("A", 1, False, False),
        ("See run x or https://a.example/b, c@d.example.", 0, False, False),
        ("one more two", 0, True, True),
        ("x y", 0, True, False),
        ("B", 2, False, False),
    ]
