"""What nobody expected is told with the step that it came up in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.cli import main
from monitor.daemon import logs
from monitor.daemon.rounds import Rounds
from monitor.daemon.timekeeping import Clocks
from monitor.errors import UsageError, doing, step_of
from monitor.model.watch import Every, Kind, Watch
from monitor.pipeline import runs
from monitor.pipeline.surviving import surviving


def _fails(*_: object, **__: object) -> object:
    raise KeyError("what")


def caught(work: object) -> BaseException:
    with pytest.raises(Exception) as error:
        work()  # type: ignore[operator]
    return error.value


def in_step() -> None:
    with doing("looking at a"), doing("sealing"):
        _fails()


def refused_in_step() -> None:
    with doing("looking at a"):
        raise UsageError("wrong")


@pytest.mark.parametrize(
    ("work", "said"),
    [
        pytest.param(in_step, "sealing, looking at a", id="the inner step first"),
        pytest.param(refused_in_step, "", id="what is expected names it by itself"),
        pytest.param(_fails, "", id="not of this program"),
        pytest.param(lambda: Watch("a", Kind.PAGE, Every(60)).line_of(7), "in model.watch.line_of", id="a function"),  # type: ignore[arg-type]
    ],
)
def test_step_of(work: object, said: str) -> None:
    assert step_of(caught(work)) == said


def test_the_command_line_names_the_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("monitor.cli.watch.read_watchlists", _fails)
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path}/data"\nwatchlist_dir = "{tmp_path}"\n', "utf-8")
    config.chmod(0o600)
    assert main.run(["--config", str(config), "watch", "check"]) == 1
    said = capsys.readouterr().err
    assert "error: something unexpected went wrong in cli.watch.check: KeyError: 'what'" in said


def test_a_stopped_look_names_the_step() -> None:
    error = caught(lambda: Watch("a", Kind.PAGE, Every(60)).line_of(7))  # type: ignore[arg-type]
    assert isinstance(error, Exception)
    kept = runs.stopped_run(Watch("a", Kind.PAGE, Every(60)), error, datetime(2026, 1, 1, tzinfo=UTC))
    assert "(AttributeError, in model.watch.line_of)" in kept.errors[0].message


def test_the_journal_names_every_round(caplog: pytest.LogCaptureFixture) -> None:
    """A name with a space in it is no word to the journal, which then leaves it out."""
    names = [name for name, *_ in Rounds(UTC, Clocks())._rounds()]
    assert len(names) > 3 and [logs._word(name) for name in names] == names


def test_what_is_left_out_of_a_round_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), surviving("old_rows"):
        _fails()
    assert [getattr(record, "round", None) for record in caplog.records] == ["old_rows"]
