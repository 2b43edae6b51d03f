"""A certificate authority of the tests' own, and what it or nobody signed."""

from __future__ import annotations

import datetime as dt
import ssl
import warnings
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(_name("tests"))
        .issuer_name(_name("tests"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, made


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=authority()[1].public_bytes(serialization.Encoding.PEM).decode())
    return context


def serving(
    folder: Path,
    host: str = "good.test",
    *,
    self_signed: bool = False,
    expired: bool = False,
    not_yet: bool = False,
    weak: bool = False,
    is_authority: bool = False,
    chain: int = 0,
    named: bool = True,
    old: bool = False,
    asks_who: bool = False,
    speaks: tuple[str, ...] = (),
) -> ssl.SSLContext:
    """weak: a key of 1024 bits. chain: certificates sent along that lead nowhere. named: the host stands where it has
    to, not only where it once stood. old: TLS 1.1 at most. asks_who: wants a certificate of the client. speaks: what it
    offers above TLS."""
    key = rsa.generate_private_key(65537, 1024) if weak else ec.generate_private_key(ec.SECP256R1())
    signer, root = (key, None) if self_signed else authority()
    begins, ends = NOW - DAY, NOW + DAY
    if expired:
        begins, ends = NOW - 3 * DAY, NOW - DAY
    if not_yet:
        begins, ends = NOW + DAY, NOW + 3 * DAY
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(host))
        .issuer_name(root.subject if root else _name(host))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host if named else "x.invalid")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    path = folder / f"{made.serial_number}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
        + authority()[1].public_bytes(serialization.Encoding.PEM) * chain
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if weak or old:
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(path)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    if asks_who:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=authority()[1].public_bytes(serialization.Encoding.PEM).decode())
    if speaks:
        context.set_alpn_protocols(list(speaks))
    return context
