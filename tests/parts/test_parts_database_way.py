"""Where the database is on another machine, that way is open to the core and no other."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from monitor.parts.confine.bpf import ARCHITECTURES, Architecture
from monitor.parts.confine.seccomp import CORE, JUDGED, beside_ways
from monitor.parts.interpreter import fresh_interpreter
from tests.parts import with_database
from tests.parts.test_parts_confine_calls import ALLOW, INET, INET6, NETLINK, NO_FAMILY, UNIX, verdict

ROOT = Path(__file__).parents[2]
CLOSED = 0o2000000  # SOCK_CLOEXEC


@pytest.fixture(scope="module", params=["core", "command"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    with socket.create_server(("127.0.0.1", 0)) as database, socket.create_server(("127.0.0.1", 0)) as other:
        ports = (str(one.getsockname()[1]) for one in (database, other))
        command = fresh_interpreter(with_database.__name__, request.param, str(folder), *ports)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {"part": request.param, **json.loads(done.stdout)}


def test_that_way_is_open_and_no_other(said: dict[str, Any]) -> None:
    refused = {name for name, refusal in said["tried"].items() if refusal}
    assert refused == {*said["tried"]} - {"the database"}, said["tried"]


def test_it_says_so_and_has_tried_it(said: dict[str, Any]) -> None:
    why = {name: why for name, _, why in said["layers"]}
    assert "to any network but the database's" in why["system calls"]
    proofs = {name: active for name, active, _ in said["proofs"]}
    assert proofs["no way to any network but the database's"]


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=lambda architecture: architecture.name)
@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        pytest.param((UNIX, 1), ALLOW, id="this machine"),
        pytest.param((INET, 1), ALLOW, id="a stream"),
        pytest.param((INET6, 1 | CLOSED, 6), ALLOW, id="a stream of TCP, by IPv6, closed on exec"),
        pytest.param((INET, 2), NO_FAMILY, id="datagrams"),
        pytest.param((INET6, 2 | CLOSED), NO_FAMILY, id="datagrams, by IPv6"),
        pytest.param((INET, 3, 1), NO_FAMILY, id="raw"),
        pytest.param((INET, 1, 262), NO_FAMILY, id="MPTCP"),
        pytest.param((INET6, 1, 132), NO_FAMILY, id="SCTP"),
        pytest.param((NETLINK, 3), NO_FAMILY, id="the kernel's addresses"),
    ],
)
def test_filter_of_a_core_with_a_database(architecture: Architecture, arguments: tuple[int, ...], answer: int) -> None:
    refusals = beside_ways(CORE, (5432,))
    assert verdict(architecture, refusals, JUDGED["socket"][architecture.column] or 0, *arguments) == answer


def test_without_one_nothing_is_open() -> None:
    assert beside_ways(CORE, ()) is CORE
