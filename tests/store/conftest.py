"""The store's tests run on both: in a file, and (names that end in `[server...]`) on a real PostgreSQL. What is of a
file alone (its pragmas, two openings of one folder) is marked `of_a_file`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.acting import acting_for_all
from monitor.store.store import SqlStore
from tests.store.store_values import a_case, opened
from tests.stores import a_postgres_store

ON_BOTH = {
    f"tests.store.test_store_{name}"
    for name in (
        "aggregates", "captures", "custody", "facts", "hosting", "incidents", "only_said",
        "places", "sightings", "staff", "transactions", "versions", "visit_groups", "visits", "wishes",
    )
}  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" not in metafunc.fixturenames or metafunc.module.__name__ not in ON_BOTH:
        return
    is_of_a_file = metafunc.definition.get_closest_marker("of_a_file") or "tmp_path" in metafunc.fixturenames
    metafunc.parametrize("store", ["file"] if is_of_a_file else ["file", "server"], indirect=True)


@pytest.fixture
def pg_store() -> Iterator[SqlStore]:
    """For all cases at once, with the case `default`."""
    with acting_for_all():
        made = a_postgres_store()
        made.cases.save(a_case())
        yield made


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[SqlStore]:
    """A real, encrypted store with the case `default`; on a server, for all cases at once."""
    if getattr(request, "param", "file") == "server":
        yield request.getfixturevalue("pg_store")
        return
    made = opened(request.getfixturevalue("tmp_path"))
    yield made
    made.close()
