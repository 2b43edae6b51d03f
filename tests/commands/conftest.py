from __future__ import annotations

from tests.cli.conftest import program as program
