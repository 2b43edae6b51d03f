"""MediaWiki (Debian's package) on PHP's own server and SQLite; pictures come in through its upload form's API."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.real.real_pictures import Picture
from tests.real.real_programs import free_port, need_debian, run, started

PACKAGES = (
    *("mediawiki", "webfs", "php-cli", "php-sqlite3", "php-gd", "php-xml", "php-mbstring"),
    *("php-intl", "php-curl"),
)
PASSWORD = "a long enough word"
EXTRA = """
$wgEnableUploads = true; $wgUseImageMagick = false; $wgJobRunRate = 0; $wgMainCacheType = CACHE_NONE;
$wgShowExceptionDetails = true; $wgFileExtensions[] = 'webp';
"""


@dataclass(slots=True)
class MediaWiki:
    url: str
    client: httpx.Client

    def log_in(self) -> None:
        token = self._ask(action="query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]  # type: ignore[index]
        done = self._send(action="login", lgname="Poster", lgpassword=PASSWORD, lgtoken=token)
        assert done["login"]["result"] == "Success", done  # type: ignore[index]

    def _ask(self, **query: str) -> dict[str, object]:
        answer: dict[str, object] = self.client.get("/api.php", params={**query, "format": "json"}).json()
        return answer

    def _send(self, **form: str) -> dict[str, object]:
        answer: dict[str, object] = self.client.post("/api.php", data={**form, "format": "json"}).json()
        return answer

    def _token(self) -> str:
        return str(self._ask(action="query", meta="tokens")["query"]["tokens"]["csrftoken"])  # type: ignore[index]

    def upload(self, picture: Picture) -> None:
        form = {
            "action": "upload",
            "filename": picture.path.name,
            "token": self._token(),
            "ignorewarnings": "1",
            "format": "json",
        }
        files = {"file": (picture.path.name, picture.path.read_bytes())}
        done = self.client.post("/api.php", data=form, files=files).json()
        assert done.get("upload", {}).get("result") == "Success", done

    def page(self, title: str, text: str) -> None:
        done = self._send(action="edit", title=title, text=text, token=self._token())
        assert done.get("edit", {}).get("result") == "Success", done  # type: ignore[attr-defined]


@contextlib.contextmanager
def mediawiki(place: Path) -> Iterator[MediaWiki]:
    need_debian(*PACKAGES)
    files, data = place / "mediawiki", place / "sqlite"
    shutil.copytree("/usr/share/mediawiki", files, symlinks=False, ignore_dangling_symlinks=True)
    for made_elsewhere in (files / "LocalSettings.php", files / "images", files / "cache"):
        if made_elsewhere.is_file():
            made_elsewhere.unlink()
    (files / "images").mkdir(exist_ok=True)
    data.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    install = [
        *("php", files / "maintenance" / "install.php", "--dbtype", "sqlite", "--dbpath", data, "--dbname", "wiki"),
        *("--server", url, "--scriptpath", "", "--pass", PASSWORD, "--confpath", files, "A wiki", "Poster"),
    ]
    run(*install, cwd=files)
    with (files / "LocalSettings.php").open("a") as settings:
        settings.write(EXTRA)
    server = ["php", "-d", "upload_max_filesize=30M", "-d", "post_max_size=32M", "-S", f"127.0.0.1:{port}", "-t", files]
    with (
        started(server, log=place / "php-wiki.log", port=port, cwd=files, env={"PHP_CLI_SERVER_WORKERS": "3"}),
        httpx.Client(base_url=url, timeout=120, follow_redirects=True) as client,
    ):
        site = MediaWiki(url, client)
        site.log_in()
        yield site
