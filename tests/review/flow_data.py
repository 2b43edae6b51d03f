"""What a real process of the page is started on: a home with finds that wait, and the demo's own data."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.app import open_app
from monitor.cli.main import run
from monitor.config import load
from tests.review.found_app import CASE, a_find

SITES = 12


def home_with_finds(folder: Path) -> Path:
    """Its config.toml. A copy waits on each of a dozen sites."""
    words = "init --yes --adult --authorised self --name Jane --email jane@mail.example --jurisdiction US --no-vault"
    config = folder / "config.toml"
    keys = ["--data-dir", str(folder / "data"), "--store-key-file", str(folder / "store.key")]
    assert run(["--config", str(config), *words.split(), *keys]) == 0
    with open_app(load(config)) as app:
        for place in range(SITES):
            app.store.sightings.save(a_find(f"site{place:02}.example", 0, datetime.now(UTC) - timedelta(days=2)))
    return config


def demo_data(folder: Path) -> Path:
    """The whole demo, run once: its config.toml."""
    out = folder / "demo"
    assert run(["demo", "--out", str(out)]) == 0
    return out / "config.toml"


def copy_of(config: Path, folder: Path) -> Path:
    """Places in the demo's configuration are told from the folder that it lies in."""
    shutil.copytree(config.parent, folder / "home")
    return folder / "home" / config.name


def states_of(config: Path) -> dict[str, int]:
    """How many finds are in each."""
    counted: dict[str, int] = {}
    with open_app(load(config)) as app:
        for find in app.decisions.listed(CASE):
            counted[find.status.value] = counted.get(find.status.value, 0) + 1
    return counted


def custody_acts(config: Path) -> list[str]:
    with open_app(load(config)) as app:
        return [entry.act.value for entry in app.evidence.log(CASE)]
