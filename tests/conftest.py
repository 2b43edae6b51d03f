"""Hypothesis judges the program, not how busy the machine is: an example may take as long as it takes. Stores that a
test made by `a_store()` end with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _stores_end() -> Iterator[None]:
    yield
    if stores := sys.modules.get("tests.stores"):  # only where a test used it
        stores.close_stores()
