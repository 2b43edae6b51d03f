from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.acting import acting_for_all
from monitor.store.store import SqlStore
from tests.store.store_values import a_case, opened
from tests.stores import a_postgres_store


@pytest.fixture
def pg_store() -> Iterator[SqlStore]:
    with acting_for_all():
        made = a_postgres_store()
        made.cases.save(a_case())
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A real, encrypted store in a new folder, with the case `default`."""
    made = opened(tmp_path)
    yield made
    made.close()
