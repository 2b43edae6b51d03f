"""WordPress (Debian's package) on PHP's own server and a MariaDB of its own; posts through its REST API."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.real.real_pictures import Picture
from tests.real.real_programs import free_port, need_debian, run, started

PACKAGES = (
    *("wordpress", "wordpress-theme-twentytwentythree", "webfs", "mariadb-server", "php-cli", "php-mysql"),
    *("php-gd", "php-xml", "php-mbstring", "php-curl"),
)
ROUTER = """<?php
$asked = __DIR__ . urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (is_file($asked) || ($asked !== __DIR__ . '/' && is_file(rtrim($asked, '/') . '/index.php'))) { return false; }
$_SERVER['SCRIPT_NAME'] = '/index.php';
require __DIR__ . '/index.php';
"""
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:%(socket)s'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $k) {
    define($k . '_KEY', $k . 'key'); define($k . '_SALT', $k . 'salt');
}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
PASSWORD = "a long enough word"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What the media library says: id, and the address of the largest file that it names."""

    id: int
    url: str
    sizes: dict[str, str]


@dataclass(slots=True)
class WordPress:
    url: str
    files: Path
    client: httpx.Client
    nonce: str = ""
    uploaded: dict[str, Uploaded] = field(default_factory=dict)

    def install(self) -> None:
        form = {
            "weblog_title": "A blog with photos",
            "user_name": "poster",
            "admin_password": PASSWORD,
            "admin_password2": PASSWORD,
            "pw_weak": "1",
            "admin_email": "poster@example.org",
            "blog_public": "1",
            "language": "",
        }
        done = self.client.post("/wp-admin/install.php?step=2", data=form)
        assert "Success" in done.text, done.text[-3000:]
        self.client.get("/wp-login.php")
        self.client.post("/wp-login.php", data={"log": "poster", "pwd": PASSWORD, "testcookie": "1"})
        page = self.client.get("/wp-admin/options-permalink.php").text
        found = re.search(r'name="_wpnonce" value="([0-9a-f]+)"', page)
        assert found, page[-3000:]
        self.client.post(
            "/wp-admin/options-permalink.php",
            data={"_wpnonce": found[1], "selection": "/%postname%/", "permalink_structure": "/%postname%/"},
        )
        self.nonce = self.client.get("/wp-admin/admin-ajax.php?action=rest-nonce").text
        self.rest("settings", posts_per_page=4)

    def rest(self, what: str, **values: object) -> dict[str, object]:
        answer = self.client.post(f"/wp-json/wp/v2/{what}", json=values, headers={"X-WP-Nonce": self.nonce})
        assert answer.status_code in (200, 201), answer.text[:2000]
        done: dict[str, object] = answer.json()
        return done

    def upload(self, picture: Picture) -> Uploaded:
        kind = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
        answer = self.client.post(
            "/wp-json/wp/v2/media",
            content=picture.path.read_bytes(),
            headers={
                "X-WP-Nonce": self.nonce,
                "Content-Type": kind[picture.path.suffix[1:]],
                "Content-Disposition": f'attachment; filename="{picture.path.name}"',
            },
        )
        assert answer.status_code == 201, answer.text[:2000]
        body = answer.json()
        sizes = {name: size["source_url"] for name, size in body["media_details"]["sizes"].items()}
        self.uploaded[picture.name] = Uploaded(body["id"], body["source_url"], sizes)
        return self.uploaded[picture.name]

    def post(self, title: str, content: str, **more: object) -> None:
        self.rest("posts", title=title, content=content, status="publish", **more)


@contextlib.contextmanager
def wordpress(place: Path) -> Iterator[WordPress]:
    need_debian(*PACKAGES)
    files, data, socket = place / "wordpress", place / "mariadb", place / "db.sock"
    shutil.copytree("/usr/share/wordpress", files, ignore_dangling_symlinks=True)
    (files / "wp-content" / "uploads").mkdir(exist_ok=True)
    (files / "wp-config.php").write_text(CONFIG % {"socket": socket})
    (files / "router.php").write_text(ROUTER)
    run("mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db")
    database = [
        *("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={socket}", "--skip-networking"),
        *(f"--pid-file={place / 'db.pid'}", "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0"),
    ]
    port = free_port()
    server = [
        "php",
        "-d",
        "upload_max_filesize=30M",
        "-d",
        "post_max_size=32M",
        "-S",
        f"127.0.0.1:{port}",
        "router.php",
    ]
    with started(database, log=place / "db.log", path=socket):
        run("mariadb", "--no-defaults", f"--socket={socket}", "-e", "create database wordpress")
        environment = {"PHP_CLI_SERVER_WORKERS": "3"}
        with (
            started(server, log=place / "php.log", port=port, cwd=files, env=environment),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, follow_redirects=True) as client,
        ):
            site = WordPress(str(client.base_url).rstrip("/"), files, client)
            site.install()
            yield site
