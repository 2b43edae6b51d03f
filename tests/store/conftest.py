from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.store import SqlStore
from tests.store.store_values import opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A real, encrypted store in a new folder, with the case `default`."""
    made = opened(tmp_path)
    yield made
    made.close()
