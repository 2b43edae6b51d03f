"""The real launcher, of planted parts."""

from __future__ import annotations

from monitor.parts.parent import launcher, spawning, tending


def main(debug: str) -> None:
    spawning.BEGINNING = "tests.parts.planted_part"
    tending.PARTS_END_WITHIN_S = 0.05
    launcher.main(debug)
