"""A PostgreSQL on another machine: over TLS, to a server that proves who it is, by a process that is shut in."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from monitor.acting import acting_for_all
from monitor.errors import StoreError
from monitor.model.settings import DatabaseSettings, Secret, Settings
from monitor.parts.interpreter import fresh_interpreter
from monitor.store.store import open_store
from tests.patience import WITHIN_S
from tests.serving.postgres import PROGRAM, PostgresServer
from tests.store import over_tcp

ROOT = Path(__file__).parents[2]
HERE, ANOTHER = "127.0.57.1", "127.0.57.2"  # the second stands in no certificate

pytestmark = pytest.mark.long  # a server of its own, which is ready after seconds


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address, and the certificate that is to be trusted."""
    folder = tmp_path_factory.mktemp("tls")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(*pem))
    private.chmod(0o600)
    server = PostgresServer({"listen_addresses": f"{HERE},{ANOTHER}"})
    server.begin()
    try:
        (server.folder / "tls").mkdir()
        for file in (certificate, private):
            there = server.folder / "tls" / file.name
            there.write_bytes(file.read_bytes())
            there.chmod(0o600)
            if os.geteuid() == 0:
                owner = server.folder.stat()
                os.chown(there, owner.st_uid, owner.st_gid)
        with server.connect("postgres") as connection:
            for setting, file in (("ssl_cert_file", certificate), ("ssl_key_file", private)):
                connection.execute(f"ALTER SYSTEM SET {setting} = '{server.folder / 'tls' / file.name}'")
            connection.execute("ALTER SYSTEM SET ssl = on")
            connection.execute("SELECT pg_reload_conf()")
        server.create("elsewhere")
        yield f"postgresql://{PROGRAM}@{{host}}/elsewhere?sslrootcert={certificate}", folder
    finally:
        server.end()


def test_who_is_shut_in_goes_on_with_it_and_reaches_nothing_else(place: tuple[str, Path], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    with socket.create_server(("127.0.0.1", 0)) as other:
        words = [place[0].format(host=HERE), str(tmp_path / "data"), other.getsockname()[1]]
        done = subprocess.run(
            fresh_interpreter(over_tcp.__name__),
            input=json.dumps(words) + "\n",
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["kept"], said["elsewhere"]) == (["kept"], "PermissionError")
    assert said["lacking"] == []


def test_a_server_that_is_another_than_it_says_gets_nothing(place: tuple[str, Path], tmp_path: Path) -> None:
    database = DatabaseSettings(key=Secret("0f" * 32), url=Secret(place[0].format(host=ANOTHER)))
    with acting_for_all(), pytest.raises(StoreError, match=r"database"):
        open_store(Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path, database=database))
