"""Static gallery generators, served on loopback: sigal, nikola (PyPI), lazygal, llgal, fgallery (Debian)."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import digests, make
from tests.real.real_programs import free_port, need_debian, need_python, run, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SIGAL = "sigal==2.6.1"
NIKOLA = "nikola==8.3.3"


@contextlib.contextmanager
def served(folder: Path, log: Path, port: int = 0) -> Iterator[str]:
    port = port or free_port()
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, str(port)]
    with started(server, log=log, port=port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("theme", "originals", "more"),
    [
        pytest.param("galleria", True, "", id="galleria with originals"),
        pytest.param("galleria", False, "", id="galleria"),
        pytest.param("colorbox", True, "", id="colorbox with originals"),
        pytest.param("colorbox", False, "", id="colorbox"),
        pytest.param("colorbox", False, "plugins = ['sigal.plugins.media_page']", id="colorbox, a page a picture"),
        pytest.param("photoswipe", True, "", id="photoswipe with originals"),
        pytest.param("photoswipe", False, "", id="photoswipe"),
    ],
)
async def test_sigal(place: Path, tmp_path: Path, theme: str, originals: bool, more: str) -> None:
    programs = need_python("sigal", SIGAL)
    site = tmp_path / "sigal"
    pictures = make(site / "pictures" / "garden", 4, width=1200)
    pictures += make(site / "pictures" / "trip to the sea" / "first day", 3, width=1200, start=4)
    pictures += make(site / "pictures" / "trip to the sea" / "second day", 2, width=1200, start=7, ending="png")
    conf = site / "sigal.conf.py"
    run(programs / "sigal", "init", conf)
    conf.write_text(f"{conf.read_text()}\ntheme = '{theme}'\nkeep_orig = {originals}\n{more}\n")
    run(programs / "sigal", "build", "-q", "-c", conf, site / "pictures", site / "output")
    if originals:
        wanted = {picture.path.name: picture.digest for picture in pictures}
    else:
        largest = {
            file.name: sha256(file.read_bytes()).hexdigest()
            for file in (site / "output").rglob("*")
            if file.suffix in (".jpg", ".png") and file.parent.name not in ("thumbnails", "img", "images")
        }
        wanted = {picture.path.name: largest[picture.path.name] for picture in pictures}
    with served(site / "output", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a", depth = 3 }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


async def test_nikola(place: Path, tmp_path: Path) -> None:
    programs = need_python("nikola", NIKOLA)
    site = place / "nikola"
    run(programs / "nikola", "init", "-q", site)
    port = free_port()
    conf = site / "conf.py"
    conf.write_text(conf.read_text().replace('"https://example.com/"', f'"http://127.0.0.1:{port}/"'))
    in_gallery = make(site / "galleries" / "summer", 4, width=1200)
    deeper = make(site / "galleries" / "summer" / "beach", 2, width=1200, start=4)
    in_posts = make(site / "images", 3, width=1200, start=6, ending="png")
    linked = make(site / "images", 2, width=1200, start=9)
    body = f"""\
An image by itself.

.. image:: /images/{in_posts[0].path.name}

A figure that shows the small one and leads to the large one.

.. figure:: /images/{in_posts[1].path.stem}.thumbnail.png
   :target: /images/{in_posts[1].path.name}

   A caption

The directive of Nikola's own.

.. thumbnail:: /images/{in_posts[2].path.name}

Two more in HTML.

.. raw:: html

   <p style="background: url(/images/{linked[0].path.name})">x</p> <a href="/images/{linked[1].path.name}">a link</a>
"""
    (site / "body.rst").write_text(body)
    run(programs / "nikola", "new_post", "-t", "Photos", "-i", "body.rst", cwd=site)
    run(programs / "nikola", "build", "-q", cwd=site)
    published = site / "output"
    pictures = in_gallery + deeper + in_posts + linked
    everything = digests(published, "images/*.*", "galleries/**/*.*")
    wanted = {picture.path.name: everything[picture.path.name] for picture in pictures}
    with served(published, place / "server.log", port) as url:
        galleries = f'kind = "page"\nurl = "{url}/galleries/"\nfollow = {{ links = "ul a, a.gallery-link", depth = 2 }}'
        posts = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "article a", depth = 1 }}'
        feed = f'kind = "feed"\nurl = "{url}/rss.xml"\nfollow = {{ depth = 1 }}'
        sitemap = f'kind = "sitemap"\nurl = "{url}/"'
        by_gallery = await look(tmp_path / "a", galleries, pictures, wanted=wanted)
        by_post = await look(tmp_path / "b", posts, pictures, wanted=wanted)
        by_feed = await look(tmp_path / "c", feed, pictures, wanted=wanted)
        by_sitemap = await look(tmp_path / "d", sitemap, pictures, wanted=wanted)
    said = json.dumps([by_gallery.told, by_post.told, by_feed.told, by_sitemap.told], indent=1)
    names = {p.path.name for p in in_gallery + deeper}
    assert names.isdisjoint(by_gallery.missing(wanted)), by_gallery.told
    names = {p.path.name for p in in_posts + linked}
    assert names.isdisjoint(by_post.missing(wanted)), by_post.told
    assert names.isdisjoint(by_feed.missing(wanted)), by_feed.told
    assert by_sitemap.missing(wanted) == [], said


@pytest.mark.parametrize("originals", [True, False], ids=["with originals", "made smaller"])
async def test_lazygal(place: Path, tmp_path: Path, originals: bool) -> None:
    need_debian("lazygal")
    pictures = make(tmp_path / "pictures" / "garden", 3, width=1200)
    pictures += make(tmp_path / "pictures" / "sea", 2, width=1200, start=3)
    output = tmp_path / "output"
    run("lazygal", "--quiet", *(["--original"] if originals else []), "-o", output, tmp_path / "pictures")
    wanted = {picture.path.name: picture.digest for picture in pictures}
    if not originals:
        wanted = {file.name: sha256(file.read_bytes()).hexdigest() for file in output.rglob("*_medium.jpg")}
    with served(output, place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a", depth = 3 }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


async def test_llgal(place: Path, tmp_path: Path) -> None:
    """Its slides lead from one to the next without an end: each is visited once."""
    need_debian("llgal")
    pictures = make(tmp_path / "album", 5, width=1200)
    run("llgal", "--www", "-d", ".", cwd=tmp_path / "album")
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(tmp_path / "album", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a", depth = 1 }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


async def test_fgallery(place: Path, tmp_path: Path) -> None:
    """Nothing stands in its page but a script: the browser is asked by itself."""
    need_debian("fgallery", "liblcms2-utils")
    pictures = make(tmp_path / "album", 4, width=1200)
    run("fgallery", "-d", "-j", "1", tmp_path / "album", tmp_path / "output", "Title")
    with served(tmp_path / "output", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nrender = "auto"'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted={})
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
