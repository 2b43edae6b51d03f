"""Text from hostile sites, on every surface: terminal, mail, draft."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("jane_99", "jane_99", id="ordinary"),
        pytest.param("Zoë Ωμέγα 写真", "Zoë Ωμέγα 写真", id="other scripts stay"),
        pytest.param("a\nb\r\nc", "a\\u{a}b\\u{d}\\u{a}c", id="line breaks"),
        pytest.param("a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c", id="Unicode line breaks"),
        pytest.param("\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}", id="terminal codes"),
        pytest.param("\x9b31m", "\\u{9b}31m", id="C1 control"),
        pytest.param("gpj.\u202eexe", "gpj.\\u{202e}exe", id="right-to-left override"),
        pytest.param("a\u2066b\u2069", "a\\u{2066}b\\u{2069}", id="bidi isolates"),
        pytest.param("pay\u200bpal", "pay\\u{200b}pal", id="zero width"),
        pytest.param("a\ue000\ud800", "a\\u{e000}\\u{d800}", id="private use, lone surrogate"),
        pytest.param("a\u00a0b", "a b", id="odd blanks"),
        pytest.param("{{ 7 * 7 }}{% raw %}", "{{ 7 * 7 }}{% raw %}", id="template code is only text"),
        pytest.param("<script>", "<script>", id="markup is only text"),
        pytest.param("\udcff", "\\u{dcff}", id="a byte of a file name"),
        pytest.param("x" * 201, "x" * 197 + "...", id="too long"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text, 200) == shown


@given(st.text(max_size=400))
def test_plain_is_one_printable_line(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in shown)
