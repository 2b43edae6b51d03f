"""The real command with its real parts: a page that needs its scripts is shown by a browser that is apart, her picture
is found on it, drawn, and printed; nothing of a browser is in the process that holds the keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from monitor.outbound.browser.finding import find_chromium
from monitor.vault.identity import identity_file, new_identity
from tests.cli.cli_program import ON_LOOPBACK, PHOTOS, Program, page, serve

IDENTITY, RECIPIENT = new_identity()
ROOT = Path(__file__).parents[2]
SCRIPT = b"""<title>Birds</title><div id=here></div><script>
const picture = new Image(); picture.src = '/owl' + '.jpg'; here.append(picture);</script>"""


def command(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", *words],
        cwd=home,
        env={**os.environ, **ON_LOOPBACK, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(find_chromium("") is None, reason="no Chromium on this machine")
def test_a_page_that_needs_its_scripts(enrolled: Program) -> None:
    path = enrolled.home / "config.toml"
    path.write_text(path.read_text().replace("recipients = []", f'recipients = ["{RECIPIENT}"]'))
    (enrolled.home / "identity.txt").write_bytes(identity_file(IDENTITY))
    with serve() as site:
        site.pages["/gallery"] = ("text/html", SCRIPT)
        site.pages["/owl.jpg"] = ("image/jpeg", (PHOTOS / "enrolled" / "owl.jpg").read_bytes())
        enrolled.watchlist(page("birds", f"{site.url}/gallery") + 'render = "browser"\n')
        done = command(enrolled.home, "watch", "run", "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["runs"]
    assert (report["status"], report["new_sightings"], report["errors"]) == ("ok", 1, []), report
    (find,) = json.loads(command(enrolled.home, "sightings", "list", "--json").stdout)["sightings"]
    done = command(
        enrolled.home, "evidence", "export", find["id"], "--out", "p.zip", "--identity", "identity.txt", "--with-images"
    )
    assert done.returncode == 0, done.stderr
    packed = zipfile.ZipFile(enrolled.home / "p.zip")
    assert any("screenshot" in name for name in packed.namelist())
    assert any(name.endswith(".pdf") and packed.read(name).startswith(b"%PDF") for name in packed.namelist())
