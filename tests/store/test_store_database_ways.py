"""The ways to the database that a process keeps when it shuts itself in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from monitor import kept_ways
from monitor.model.settings import Secret
from monitor.store.postgres import ways
from monitor.store.postgres.address import conninfo_of

KNOWN = {"db.example": ["192.0.2.7"], "two.example": ["192.0.2.8", "2001:db8::8"]}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def looked_up(host: str, port: None, **more: object) -> list[object]:
        if host not in KNOWN:
            raise socket.gaierror(socket.EAI_NONAME, "nobody knows it")
        return [(0, 0, 0, "", (address, 0)) for address in KNOWN[host]]

    monkeypatch.setattr(ways.socket, "getaddrinfo", looked_up)
    ways._looked_up.cache_clear()
    yield
    ways._looked_up.cache_clear()


@pytest.mark.parametrize(
    ("url", "hosts", "addresses", "ports"),
    [
        pytest.param("postgresql:///m?host=/run/pg&user=u", "/run/pg", "", (), id="a socket"),
        pytest.param("postgresql:///m?user=u", None, "", (), id="the usual socket"),
        pytest.param("postgresql://u@db.example/m", "db.example", "192.0.2.7", (5432,), id="a name"),
        pytest.param("postgresql://u:p@db.example:6000/m", "db.example", "192.0.2.7", (6000,), id="another port"),
        pytest.param("postgresql://u@192.0.2.9/m", "192.0.2.9", "", (5432,), id="an address that nobody looks up"),
        pytest.param(
            "postgresql://u@two.example,db.example:6000/m",
            "two.example,two.example,db.example",
            "192.0.2.8,2001:db8::8,192.0.2.7",
            (5432, 6000),
            id="several, one with two addresses",
        ),
        pytest.param("postgresql://u@gone.example/m", "gone.example", "", (5432,), id="nobody knows it"),
        pytest.param(
            "postgresql://u@db.example/m?hostaddr=192.0.2.1", "db.example", "192.0.2.1", (5432,), id="told already"
        ),
    ],
)
def test_addresses_are_known_before_and_ports_are_kept(
    url: str, hosts: str | None, addresses: str, ports: tuple[int, ...]
) -> None:
    told = conninfo_to_dict(conninfo_of(Secret(url)))
    assert (told.get("host"), told.get("hostaddr") or "") == (hosts, addresses)
    assert kept_ways.kept_ways() == ports


def test_files_and_sockets_stay_within_reach() -> None:
    conninfo_of(Secret("postgresql://u@db.example/m?sslrootcert=/srv/pki/ca.pem"))
    conninfo_of(Secret("postgresql:///m?host=/srv/sockets&user=u"))
    assert kept_ways.kept_places() == (Path("/srv/pki/ca.pem"), Path("/srv/sockets"))
