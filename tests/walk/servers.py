"""What the fresh root's network has in it: a forum and a mail server with a log-in and TLS. A program of its own, for
it is started in that network's namespace: `python -m tests.walk.servers FOLDER`. Mails lie in FOLDER, one a file.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.serving.mail import mail_server_beside
from tests.walk import photos
from tests.walk.thread import Thread

FORUM_IP, FORUM = "1.2.3.4", "forum.example"
MAIL = "smtp.mail.test"
LOGIN = ("jane@mail.test", "her app password")
COPY_OF = 7
"""Which of the photos that `photos.fill` makes stands in the thread."""


def names() -> str:
    """Lines for the root's /etc/hosts."""
    return f"127.0.0.1 localhost {MAIL}\n{FORUM_IP} {FORUM}\n"


def make_certificate(folder: Path) -> Path:
    """Of the mail server, signed by nobody else: whoever shall trust it takes it in. The certificate's file; its key
    lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, MAIL)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(MAIL), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "mail.key").write_bytes(private)
    certificate = folder / "mail.crt"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate


def main(folder: Path) -> None:
    Thread.pictures = {"/a.jpg": photos.scene(900), "/b.jpg": photos.copy_of(photos.scene(COPY_OF))}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "mail.crt", folder / "mail.key")
    with (
        ThreadingHTTPServer((FORUM_IP, 80), Thread) as site,
        mail_server_beside(port=465, login=LOGIN, tls=context) as mail,
    ):
        threading.Thread(target=site.serve_forever, daemon=True).start()
        (folder / "ready").touch()
        kept = 0
        while True:
            for raw in mail.raw[kept:]:
                (folder / f"{kept}.part").write_bytes(raw)
                (folder / f"{kept}.part").rename(folder / f"{kept}.eml")
                kept += 1
            time.sleep(0.1)  # it is a program by itself, ended by a signal


if __name__ == "__main__":
    main(Path(sys.argv[1]))
