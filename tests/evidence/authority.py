"""A time-stamp authority made for a test: stock OpenSSL behind a small HTTP front. Signer and root are sent in the
order in which they were given to it, which DER does not allow."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.serving.web import Quiet, threaded

CONFIGURATION = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/sent.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Authority:
    """In a folder: signer.pem, signer.key, root.pem, sent.pem."""

    folder: Path

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def reply(self, query: bytes, *, digests: str = "sha256", at: str = "") -> bytes:
        """at: as `faketime` takes it; '' = now. Without OpenSSL the test is left out."""
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed: there is no time-stamp authority to ask")
        with tempfile.TemporaryDirectory() as place:
            ask, answer, told = (Path(place) / name for name in ("query", "reply", "tsa.cnf"))
            ask.write_bytes(query)
            told.write_text(CONFIGURATION.format(folder=self.folder, digests=digests))
            words = ["openssl", "ts", "-reply", "-config", str(told), "-queryfile", str(ask), "-out", str(answer)]
            before = ["faketime", at] if at else []
            subprocess.run([*before, *words], check=True, capture_output=True)
            return answer.read_bytes()

    def signed(self, token: bytes) -> bytes:
        """A reply with the time of another authority's token, signed by this one, whatever its certificate is for."""
        with tempfile.TemporaryDirectory() as place:
            old, told, new = (str(Path(place) / name) for name in ("old", "told", "new"))
            Path(old).write_bytes(token)
            _openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", old, "-out", told)
            kind = "1.2.840.113549.1.9.16.1.4"
            here = ["-signer", str(self.folder / "signer.pem"), "-inkey", str(self.folder / "signer.key")]
            more = ["-certfile", str(self.folder / "sent.pem"), "-nodetach", "-binary", "-outform", "DER"]
            _openssl("cms", "-sign", "-in", told, "-econtent_type", kind, *here, *more, "-out", new)
            content = b"\x30\x03\x02\x01\x00" + Path(new).read_bytes()
        return b"\x30\x82" + len(content).to_bytes(2) + content


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def new_authority(
    folder: Path, *, may_stamp: bool = True, critical: bool = True, below: bool = False, intermediate_is_ca: bool = True
) -> Authority:
    """may_stamp: its certificate has the right use. below: another authority stands between it and the root."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Test Root", root_key, None, root_key, is_ca=True)
    above, above_key, between = root, root_key, []
    if below:
        above_key = ec.generate_private_key(ec.SECP256R1())
        above = _certificate("Test Between", above_key, root, root_key, is_ca=intermediate_is_ca)
        between = [above]
    use = ExtendedKeyUsageOID.TIME_STAMPING if may_stamp else ExtendedKeyUsageOID.SERVER_AUTH
    signer = _certificate("Test Signer", signer_key, above, above_key, use=use, critical=critical)
    key = signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "signer.key").write_bytes(key)
    (folder / "signer.pem").write_bytes(_pem(signer))
    (folder / "root.pem").write_bytes(_pem(root))
    sent = sorted([root, *between], key=lambda one: one.public_bytes(Encoding.DER), reverse=True)
    (folder / "sent.pem").write_bytes(b"".join(map(_pem, sent)))
    (folder / "serial").write_text("01\n")
    return Authority(folder)


def the_authority() -> Authority:
    """One for all tests of a process."""
    return _made()


@cache
def _made() -> Authority:
    folder = Path(tempfile.mkdtemp(prefix="authority-"))
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return new_authority(folder)


@dataclass
class Front:
    """What the HTTP front answers. asked: every query that came."""

    authority: Authority
    change: Callable[[bytes], bytes] = lambda reply: reply
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/timestamp-reply"})
    body: bytes | None = None
    asked: list[bytes] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(front: Front) -> Iterator[str]:
    """Its address."""

    class Handler(Quiet):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            front.asked.append(query)
            front.heads.append(dict(self.headers.items()))
            body = front.body if front.body is not None else front.change(front.authority.reply(query))
            self.send(front.status, front.headers, body)

    with threaded(Handler) as address:
        yield f"{address}/tsr"


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool = False,
    use: x509.ObjectIdentifier | None = None,
    critical: bool = True,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=3650 if is_ca else 365))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        made = made.add_extension(above, critical=False)
    usage = x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    made = made.add_extension(usage, critical=True)
    if use is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=critical)
    return made.sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
