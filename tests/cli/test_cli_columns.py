"""Tables on a terminal that has no room for all of their columns."""

from __future__ import annotations

import pytest

from monitor.cli import printing

HEADS = ("report", "find", "state", "due", "file")
ROW = ("6b4hms7r7w4sy1t4", "1, 9, 20", "sent", None, "/home/jane/drafts/2026-11-29/03-site_tida-us_tida.txt")


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_nothing_is_cut_and_only_a_long_word_is_wider(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_columns", lambda *_: columns)
    printing.table(HEADS, [ROW, ROW])
    told = capsys.readouterr().out
    assert all(told.count(cell) == 2 for cell in ROW if cell)
    longest = len("    file: ") + len(str(ROW[-1]))
    assert all(len(line) <= max(columns, longest) for line in told.splitlines())
    assert ("file:" in told) == (columns < 110)


def test_elsewhere_than_on_a_terminal_each_row_is_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_columns", lambda *_: None)
    printing.table(HEADS, [ROW, ROW])
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize("columns", [60, 80, 200, None])
def test_a_sentence_is_wrapped_on_a_terminal_alone(
    columns: int | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_columns", lambda *_: columns)
    sentence = f"         finds: {'12 still there, 3 of them new; ' * 4}9 gone"
    printing.out_wrapped(sentence, under=16)
    printing.say_wrapped(sentence.strip())
    out, err = capsys.readouterr()
    assert all(len(line) <= (columns or 500) for line in (out + err).splitlines())
    assert out.split() == err.split() == sentence.split() and out.startswith("         finds: 12")
    assert all(line.startswith(" " * 16) and line[16] != " " for line in out.splitlines()[1:])
    assert (len(err.splitlines()) > 1) == (columns in (60, 80))
