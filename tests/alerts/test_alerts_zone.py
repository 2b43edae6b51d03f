"""The machine's own time zone, however it is set: as the C library reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts import zone
from tests.patience import WITHIN_S

WINTER, SUMMER = datetime(2027, 1, 15, tzinfo=UTC), datetime(2027, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "winter", "summer"),
    [
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", 1, 2, id="POSIX, with a rule"),
        pytest.param("CET-1CEST", 1, 2, id="without one"),
        pytest.param("UTC0", 0, 0, id="no summer time"),
        pytest.param("UTC+3", -3, -3, id="west is positive"),
        pytest.param("<+0330>-3:30", 3.5, 3.5, id="a name of signs"),
        pytest.param("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 1, id="winter is the exception"),
        pytest.param("EST5EDT,M3.2.0/2,M11.1.0/2", -5, -4, id="with hours"),
        pytest.param("NZST-12NZDT,M9.5.0,M4.1.0/3", 13, 12, id="the south"),
        pytest.param("CET-1CEST,J60,J300", 1, 2, id="by days of the year"),
    ],
)
def test_posix_text(text: str, winter: float, summer: float) -> None:
    found = zone.of_posix_text(text)
    for moment, hours in ((WINTER, winter), (SUMMER, summer)):
        assert moment.astimezone(found).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["nonsense", "", "CET-1CEST,M3", "CET-1\n", "é-1", "x" * 300, "Europe/Nowhere"])
def test_what_is_no_time_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        zone.of_posix_text(text)


ASKED = """
import time
from datetime import datetime, UTC
from monitor.alerts.zone import zone_of
for month in (1, 7):
    at = datetime(2027, month, 15, tzinfo=UTC)
    print(int(at.astimezone(zone_of("")).utcoffset().total_seconds()), time.localtime(at.timestamp()).tm_gmtoff)
"""


def test_every_way_of_setting_it_gives_what_the_c_library_gives() -> None:
    texts = ["CET-1CEST,M3.5.0,M10.5.0/3", ":Europe/Paris", "Europe/Paris", "nonsense", "Europe/Nowhere", "", "/etc"]
    texts += ["../../etc/passwd", "UTC+3", "CET-1CEST,J60,J300/26"]
    for text in texts:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "TZ": text}
        done = subprocess.run([sys.executable, "-c", ASKED], env=env, capture_output=True, text=True, timeout=WITHIN_S)
        assert done.returncode == 0, (text, done.stderr)
        assert all(line.split()[0] == line.split()[1] for line in done.stdout.splitlines()), (text, done.stdout)


def test_settings_that_contradict_each_other_leave_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradicting() -> None:
        raise LookupError("Multiple conflicting time zone configurations found")

    monkeypatch.setattr(zone, "reload_localzone", contradicting)
    zone._machines.cache_clear()
    monkeypatch.delenv("TZ", raising=False)
    try:
        assert zone.zone_of("").utcoffset(WINTER) is not None
        zone._machines.cache_clear()
        monkeypatch.setattr(zone, "LOCALTIME", Path("/nonexistent"))
        assert zone.zone_of("") is UTC
    finally:
        zone._machines.cache_clear()
