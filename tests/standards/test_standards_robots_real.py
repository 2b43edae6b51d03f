"""robots.txt of thousands of real sites, which protego's source package holds: ours and protego's readings agree."""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from protego import Protego

from monitor.crawl.robots.patterns import Patterns
from monitor.crawl.robots.reading import MAX_ROBOTS_BYTES, read_robots

PACKAGE = "protego==0.7.0 --hash=sha256:2c032d9736a1f4f0c4318f3558353ae34da5cd038f1a5e064ded7548df315e5a"
SITE = "http://site.example"
# protego takes `Allow: /x/index.html` for `Allow: /x/$` too, as Google's reader does; RFC 9309 knows nothing of it.
INDEX = "/index.html"


@pytest.fixture
def files(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """By host. Fetched once, by pip, and kept in pytest's cache; skipped with the reason where it cannot be had."""
    kept = request.config.cache.mkdir("protego")
    archive = kept / "protego-0.7.0.tar.gz"
    if not archive.exists():
        wanted = kept / "wanted.txt"
        wanted.write_text(PACKAGE)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
        done = subprocess.run(
            [*command, "--dest", str(kept), "--requirement", str(wanted)], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"protego's source package cannot be had: {done.stderr.strip().splitlines()[-1][:200]}")
    with tarfile.open(archive) as opened:
        return {
            Path(member.name).name: file.read()
            for member in opened
            if "/test_data/" in member.name and (file := opened.extractfile(member)) is not None
        }


@pytest.mark.long
def test_real_files_are_read_as_protego_reads_them(files: dict[str, bytes]) -> None:
    assert len(files) > 4000
    chance, asked, wrong = random.Random(1), 0, []
    for host, body in sorted(files.items()):
        if len(body) > MAX_ROBOTS_BYTES or body.lstrip()[:1] == b"<":
            continue
        rules = read_robots(body)
        ours, oracle = Patterns(rules), Protego.parse(body.decode("utf-8", "replace").removeprefix("\ufeff"))
        assert rules.crawl_delay_s == oracle.crawl_delay("*"), host
        patterns = [*rules.allow, *rules.disallow]
        for pattern in chance.sample(patterns, min(20, len(patterns))):
            like = pattern.rstrip("$").replace("*", chance.choice(["", "x", "/a/b", "?q=1"]))
            for end in ("", "x", "/y?z=1"):
                url = f"{SITE}/{like.removeprefix('/')}{end}"
                asked += 1
                if ours.allow(url) != oracle.can_fetch(url, "*") and not any(p.endswith(INDEX) for p in rules.allow):
                    wrong.append((host, url))
    assert wrong == []
    assert asked > 100_000
