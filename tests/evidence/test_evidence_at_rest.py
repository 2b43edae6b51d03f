"""What lies on the disk tells nothing, while the daemon runs and after kill -9; and with the identity and the store's
sealed key alone a fresh machine has everything again."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import PHOTOS, LocalSite, serve
from tests.patience import WITHIN_S

ROOT = Path(__file__).parents[2]
IDENTITY, RECIPIENT = new_identity()

OWNED = ("Planted-Person", "planted-mailbox", "planted-label", "planted-case-photo", "planted-watch")
SHOWN = {
    "path": "planted-thread",
    "query": "plantedquery",
    "next": "planted-page-two",
    "picture": "planted-copy-name",
    "other": "planted-other-name",
    "title": "planted-title",
    "description": "planted-description",
    "author": "planted-author",
    "account": "planted-account",
    "alt": "planted-alt-text",
    "caption": "planted-caption",
    "post": "planted-words-of-the-post",
    "link": "planted-link-text",
    "comment": "planted-comment",
    "script": "planted-script-state",
    "style": "planted-class",
    "form": "planted-form-field",
    "anchor": "planted-anchor",
    "json": "planted-json-value",
    "permalink": "planted-permalink",
}


def the_page(more: str = "") -> bytes:
    told = SHOWN
    return f"""<html><head><title>{told["title"]}</title><meta name=description content="{told["description"]}">
<meta name=author content="{told["author"]}"><script>var s = "{told["script"]}"</script>
<script type="application/ld+json">{{"@type": "Article", "author": {{"name": "{told["account"]}"}},
"x": "{told["json"]}"}}</script></head><body class="{told["style"]}"><!-- {told["comment"]} -->
<article id="{told["anchor"]}"><a rel=bookmark href="/{told["permalink"]}">{told["link"]}</a>
<p>{told["post"]} {"words " * 50}</p><img src="/{told["picture"]}.jpg" alt="{told["alt"]}">{told["caption"]}
<img src="/{told["other"]}.jpg"></article><a rel=next href="/{told["next"]}">2</a>
<form><input name="{told["form"]}"></form>{more}</body></html>""".encode()


def planted() -> dict[str, list[bytes]]:
    """30 words, each in the ways in which it may be written."""
    words = {word: word.encode() for word in (*OWNED, *SHOWN.values())}
    photo = (PHOTOS / "enrolled" / "owl.jpg").read_bytes()
    for name, content in (("photo", photo), ("page", the_page())):
        digest = hashlib.sha256(content).digest()
        words |= {f"digest of the {name}": digest, f"digest of the {name}, hex": digest.hex().encode()}
    words["bytes of the photo"] = photo[2_000:2_032]
    assert len(words) == 30
    return {name: list(ways(word)) for name, word in words.items()}


def ways(word: bytes) -> Iterator[bytes]:
    yield from {word, word.lower(), word.upper()}
    yield word.hex().encode()
    for shift in range(3):  # wherever it stands in what is base64
        text = base64.b64encode(bytes(shift) + word)
        yield text[4 if shift else 0 : -4]
    try:
        yield word.decode("ascii").encode("utf-16-le")
    except UnicodeDecodeError:
        return


def told_by(*folders: Path) -> set[tuple[str, str]]:
    """(word, file): in names and contents."""
    found = set()
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                content = os.fsencode(path.name) + (path.read_bytes() if path.is_file() else b"")
            except OSError:  # gone since
                continue
            found |= {(name, path.name) for name, forms in planted().items() if any(form in content for form in forms)}
    return found


class Machine:
    """A home of its own. searched: data, temporary files, runtime folder and what is said to the journal."""

    def __init__(self, home: Path) -> None:
        self.home, self.data = home, home / "data"
        self.searched = [self.data, home / "tmp", home / "run", home / "journal"]
        for folder in self.searched[1:]:
            folder.mkdir(parents=True, mode=0o700)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.home / "tmp"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "RUNTIME_DIRECTORY": str(self.home / "run"),
            "REUPLOAD_MONITOR_DATA_DIR": str(self.data),
            "REUPLOAD_MONITOR_CONFIG": str(self.home / "config.toml"),
            "REUPLOAD_MONITOR_NETWORK__ALLOW_NETWORKS": '["127.0.0.0/8"]',
            "REUPLOAD_MONITOR_CRAWL__PER_HOST_DELAY": "0",
            "REUPLOAD_MONITOR_MATCH__FEATURES": "false",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def __call__(self, *words: str | Path) -> str:
        command = [sys.executable, "-m", "monitor", *map(str, words)]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[bytes]]:
        with (self.home / "journal" / "said").open("ab") as said:
            command = [sys.executable, "-m", "monitor", "run"]
            running = subprocess.Popen(command, env=self.environment, cwd=self.home, stdout=said, stderr=said)
            try:
                yield running
            finally:
                running.kill()
                running.wait()

    def until(self, words: bytes) -> None:
        end = time.monotonic() + WITHIN_S
        while words not in (said := (self.home / "journal" / "said").read_bytes()):
            assert time.monotonic() < end, said.decode()
            time.sleep(0.05)


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve() as site:
        photo, other = (PHOTOS / "enrolled" / "owl.jpg").read_bytes(), (PHOTOS / "others" / "dog.jpg").read_bytes()
        site.pages[f"/{SHOWN['path']}?id={SHOWN['query']}"] = ("text/html", the_page())
        site.pages[f"/{SHOWN['picture']}.jpg"] = ("image/jpeg", photo)
        site.pages[f"/{SHOWN['other']}.jpg"] = ("image/jpeg", other)
        yield site


@pytest.fixture
def machine(tmp_path: Path, site: LocalSite) -> Machine:
    machine = Machine(tmp_path / "home")
    words = ("init", "--yes", "--adult", "--authorised", "self", "--name", OWNED[0], "--email", f"{OWNED[1]}@mail.test")
    machine(*words, "--recipient", RECIPIENT, "--store-key-file", machine.home / "store.key")
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(PHOTOS / "enrolled" / "owl.jpg", photos / f"{OWNED[3]}.jpg")
    machine("enroll", photos / f"{OWNED[3]}.jpg", "--label", OWNED[2])
    watched = f"{site.url}/{SHOWN['path']}?id={SHOWN['query']}"
    entry = f'[[watch]]\nname = "{OWNED[4]}"\nkind = "page"\nurl = "{watched}"\nevery = "2h"\n'
    (machine.home / "watchlists" / "mine.toml").write_text(entry)
    return machine


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """Or it would find nothing for its own faults."""
    word = SHOWN["account"].encode()
    for number, content in enumerate([word, b"xy" + base64.b64encode(b"12" + word + b"34567"), word.hex().encode()]):
        (tmp_path / str(number)).write_bytes(b"before" + content + b"after")
    (tmp_path / f"{SHOWN['path']}.html").write_bytes(the_page())
    found = told_by(tmp_path)
    assert {("planted-account", str(number)) for number in range(3)} <= found
    assert {word for word, file in found if file.endswith(".html")} >= set(SHOWN.values()) - {"plantedquery"}


@pytest.mark.long  # the program is started five times
def test_nothing_is_told_by_the_disk_and_everything_is_there_on_a_fresh_machine(
    machine: Machine, tmp_path: Path
) -> None:
    """One story, because each start of the program costs seconds on a small machine."""
    with machine.daemon() as running:
        machine.until(b"new_sightings=1")
        assert told_by(*machine.searched) == set(), "while it runs"
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert told_by(*machine.searched) == set(), "after kill -9"
    assert any(machine.data.glob("vault/*.age"))

    age = shutil.which("age")
    if age is None:
        pytest.skip("age is not installed: apt-get install age")
    fresh = Machine(tmp_path / "fresh")
    shutil.copytree(machine.data, fresh.data)
    identity, key = fresh.home / "identity.txt", fresh.home / "store.key"
    identity.write_bytes(identity_file(IDENTITY))
    opened = {}
    for path in fresh.data.glob("vault/*.age"):
        done = subprocess.run([age, "-d", "-i", identity, path], capture_output=True)
        assert done.returncode == 0, (path, done.stderr)
        opened[path.name] = done.stdout
    key.write_bytes(opened.pop("store-key.age"))
    key.chmod(0o600)
    (fresh.home / "config.toml").write_text(f'data_dir = "data"\n[database]\nkey_file = "{key}"\n')
    (fresh.home / "config.toml").chmod(0o600)
    listed = fresh("sightings", "list", "--json")
    assert SHOWN["permalink"] in listed and OWNED[2] in listed, "the store, with the key from the vault"
    assert (PHOTOS / "enrolled" / "owl.jpg").read_bytes() in opened.values(), "the picture, byte for byte"
    assert any(SHOWN["post"].encode() in content for content in opened.values()), "and the page"
