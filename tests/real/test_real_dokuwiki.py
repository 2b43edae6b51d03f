"""DokuWiki (Debian's package): its media have addresses of a script, thumbnails with a token."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import make
from tests.real.real_programs import free_port, need_debian, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

LOCAL = "<?php $conf['useacl'] = 0; $conf['savedir'] = '%(data)s'; $conf['title'] = 'A wiki';"
PRELOAD = "<?php define('DOKU_CONF', '%(conf)s/'); define('DOKU_MAIN_CONF', '%(conf)s/'); define('NOSESSION', false);"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


async def test_dokuwiki(place: Path, tmp_path: Path) -> None:
    need_debian("dokuwiki", "webfs", "php-cli", "php-gd", "php-xml")
    files, conf, data = place / "dokuwiki", place / "dokuconf", place / "dokudata"
    shutil.copytree("/usr/share/dokuwiki", files, ignore_dangling_symlinks=True)
    shutil.copytree("/etc/dokuwiki", conf, ignore_dangling_symlinks=True)
    shutil.copytree("/var/lib/dokuwiki/data", data, ignore_dangling_symlinks=True)
    (conf / "local.php").write_text(LOCAL % {"data": data})
    (files / "inc" / "preload.php").write_text(PRELOAD % {"conf": conf})
    pictures = make(place / "pictures", 5, width=1200)
    port = free_port()
    server = ["php", "-d", "upload_max_filesize=30M", "-d", "error_reporting=0", "-S", f"127.0.0.1:{port}", "-t", files]
    with (
        started(server, log=place / "doku.log", port=port, cwd=files, env={"PHP_CLI_SERVER_WORKERS": "3"}),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, follow_redirects=True) as client,
    ):
        for picture in pictures:
            form = client.get("/lib/exe/mediamanager.php?ns=").text
            values = {"sectok": hidden(form, "sectok"), "ns": "", "mediaid": picture.path.name}
            done = client.post(
                "/lib/exe/mediamanager.php",
                data=values,
                files={"upload": (picture.path.name, picture.path.read_bytes(), "image/jpeg")},
            )
            assert (data / "media" / picture.path.name).exists(), done.text[-2000:]
        names = [picture.path.name for picture in pictures]
        text = f"One {{{{:{names[0]}?200}}}} two {{{{:{names[1]}}}}} three {{{{:{names[2]}?direct&300}}}} "
        text += f"four {{{{:{names[3]}?linkonly}}}} five {{{{:{names[4]}?nolink&150x100|Words}}}}"
        form = client.get("/doku.php?id=trip&do=edit").text
        values = {name: hidden(form, name) for name in ("sectok", "date", "changecheck", "prefix", "suffix", "target")}
        done = client.post(
            "/doku.php", data={**values, "id": "trip", "wikitext": text, "do[save]": "1", "summary": "photos"}
        )
        assert (data / "pages" / "trip.txt").exists(), done.text[-2000:]
        wanted = {picture.path.name: picture.digest for picture in pictures}
        watch = f'kind = "page"\nurl = "http://127.0.0.1:{port}/doku.php?id=trip"'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
        markup = re.findall(r"<(?:img|a)[^>]*(?:fetch|detail)\.php[^>]*>", client.get("/doku.php?id=trip").text)
    assert seen.missing(wanted) == [], seen.told + "\n" + "\n".join(markup)
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
