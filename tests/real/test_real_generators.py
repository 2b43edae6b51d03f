"""More site generators: ikiwiki, igal2 (Debian); Lektor, Pelican, MkDocs with glightbox, Sphinx with its images (PyPI);
Astro, Eleventy's image plugin, Hexo with the theme Butterfly (npm)."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from tests.real.real_monitor import Seen, look
from tests.real.real_pictures import Picture, make
from tests.real.real_programs import need_debian, need_npm, need_python, run
from tests.real.test_real_galleries import served

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

LINKS = 'follow = { links = "a", depth = 2 }'


async def look_at(
    output: Path, place: Path, tmp_path: Path, pictures: list[Picture], *, follow: str = LINKS, wanted: dict[str, str]
) -> tuple[Seen, list[str]]:
    """What a pass saw, and which pictures the server was asked for."""
    log = place / f"{tmp_path.name}.log"
    with served(output, log) as url:
        seen = await look(tmp_path / "monitor", f'kind = "page"\nurl = "{url}/"\n{follow}', pictures, wanted=wanted)
    asked = [line.split('"GET ')[1].split(" ")[0] for line in log.read_text().splitlines() if '"GET ' in line]
    return seen, sorted({path for path in asked if path.lower().endswith((".jpg", ".png", ".webp", ".avif", ".gif"))})


def published(pictures: Iterable[Picture]) -> dict[str, str]:
    return {picture.path.name: picture.digest for picture in pictures}


async def test_ikiwiki(place: Path, tmp_path: Path) -> None:
    """`[[!img]]` with sizes, with and without a link to the full one, beside plain ones."""
    need_debian("ikiwiki", "libimage-magick-perl")
    source = tmp_path / "source"
    pictures = make(source / "trip", 4)
    names = [picture.path.name for picture in pictures]
    (source / "index.mdwn").write_text('[[!inline pages="trip" show=5]]\n')
    (source / "trip.mdwn").write_text(
        f'[[!meta author="ann"]][[!img trip/{names[0]} size=200x200]] [[!img trip/{names[1]} size=300x link=no]] '
        f"[[!img trip/{names[2]} align=right]] [[trip/{names[3]}]]\n"
    )
    plugins = ["--plugin", "img", "--plugin", "meta"]
    run("ikiwiki", *plugins, "--url", "http://127.0.0.1", source, tmp_path / "output")
    wanted = published(pictures)
    seen, asked = await look_at(tmp_path / "output", place, tmp_path, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert [path for path in asked if "trip" in path] == sorted(f"/trip/{name}" for name in names)


async def test_igal(place: Path, tmp_path: Path) -> None:
    need_debian("igal2", "imagemagick")
    pictures = make(tmp_path / "album", 3)
    run("igal2", "-a", "-d", tmp_path / "album")
    wanted = published(pictures)
    seen, _ = await look_at(tmp_path / "album", place, tmp_path, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


LEKTOR_TEMPLATE = """\
<h1>{{ this.title }}</h1>{{ this.body }}{% for i in this.attachments.images %}{% if loop.index == 1 %}
<img src="{{ i.thumbnail(240)|url }}">{% elif loop.index == 2 %}
<a href="{{ i|url }}"><img src="{{ i.thumbnail(160, 120, mode="crop")|url }}"></a>
{% else %}<img src="{{ i|url }}">{% endif %}{% endfor %}"""


async def test_lektor(place: Path, tmp_path: Path) -> None:
    programs = need_python("lektor", "lektor==3.3.14")
    site = tmp_path / "site"
    for name, text in (
        ("t.lektorproject", "[project]\nname = T\n"),
        ("models/page.ini", "[model]\nname = P\n[fields.title]\ntype = string\n[fields.body]\ntype = markdown\n"),
        ("content/contents.lr", "_model: page\n---\ntitle: T\n---\nbody: [trip](trip/)\n"),
        ("content/trip/contents.lr", "_model: page\n---\ntitle: Trip\n---\nbody: x\n"),
        ("templates/page.html", LEKTOR_TEMPLATE),
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    pictures = make(site / "content" / "trip", 3)
    run(programs / "lektor", "build", "-O", tmp_path / "output", cwd=site)
    wanted = published(pictures)
    seen, asked = await look_at(tmp_path / "output", place, tmp_path, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert asked == sorted(f"/trip/{name}" for name in wanted)


PELICAN_POST = """\
Title: A
Date: 2026-11-01 10:00
Author: ann

![x]({static}/images/%(0)s) [![y]({static}/images/%(1)s)]({static}/images/%(1)s)
<img src="{static}/images/%(2)s" width=100> [z]({static}/images/%(3)s)
"""


async def test_pelican(place: Path, tmp_path: Path) -> None:
    programs = need_python("pelican", "pelican[markdown]==4.12.0")
    site = tmp_path / "site"
    pictures = make(site / "content" / "images", 4)
    (site / "content" / "a.md").write_text(PELICAN_POST % {str(n): p.path.name for n, p in enumerate(pictures)})
    (site / "conf.py").write_text("SITEURL = ''\nSITENAME = 'T'\nPATH = 'content'\nTIMEZONE = 'UTC'\n")
    run(programs / "pelican", "content", "-s", "conf.py", "-o", "output", cwd=site)
    wanted = published(pictures)
    follow = 'follow = { links = ".entry-title a, h2 a" }'
    seen, asked = await look_at(site / "output", place, tmp_path, pictures, follow=follow, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert {s.place.account for s in seen.sightings} == {"ann"}
    assert asked == sorted(f"/images/{name}" for name in wanted)


async def test_mkdocs_with_a_light_box(place: Path, tmp_path: Path) -> None:
    programs = need_python("mkdocs", "mkdocs==1.6.1", "mkdocs-material==9.7.7", "mkdocs-glightbox==0.5.3")
    site = tmp_path / "site"
    pictures = make(site / "docs" / "img", 3)
    names = [picture.path.name for picture in pictures]
    (site / "mkdocs.yml").write_text(
        "site_name: T\ntheme: {name: material}\nplugins: [glightbox]\nmarkdown_extensions: [attr_list, md_in_html]\n"
    )
    (site / "docs" / "index.md").write_text(
        f"# T\n![a](img/{names[0]})\n![b](img/{names[1]}){{ width=200 loading=lazy }}\n"
        f"<figure markdown>![c](img/{names[2]}#only-light)</figure>\n"
    )
    run(programs / "mkdocs", "build", "-q", cwd=site)
    wanted = published(pictures)
    seen, asked = await look_at(site / "site", place, tmp_path, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert asked == sorted(f"/img/{name}" for name in wanted)


async def test_sphinx_with_its_images(place: Path, tmp_path: Path) -> None:
    programs = need_python("sphinx", "sphinx==9.0.4", "sphinxcontrib-images==1.0.1")
    site = tmp_path / "site"
    pictures = make(site / "img", 4)
    names = [picture.path.name for picture in pictures]
    (site / "conf.py").write_text("extensions = ['sphinxcontrib.images']\nproject = 'T'\n")
    (site / "index.rst").write_text(
        f"T\n=\n\n.. thumbnail:: img/{names[0]}\n   :width: 200\n\n.. image:: img/{names[1]}\n   :scale: 20%\n\n"
        f".. figure:: img/{names[2]}\n   :width: 300\n\n   words\n\n:download:`d <img/{names[3]}>`\n"
    )
    run(programs / "sphinx-build", "-q", ".", "output", cwd=site)
    wanted = published(pictures)
    seen, asked = await look_at(site / "output", place, tmp_path, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert sorted(path.rpartition("/")[2] for path in asked) == sorted(names)  # and none of the light box's buttons


ASTRO_PAGE = """\
---
import { Image, Picture, getImage } from 'astro:assets';
%(imports)s
const bg = await getImage({src: i3, format: 'webp'});
---
<html><body><Image src={i0} alt="a"/><Image src={i1} alt="b" width={300} densities={[1, 2]}/>
<Picture src={i2} formats={['avif', 'webp']} alt="c" widths={[200, 400, i2.width]} sizes="50vw"/>
<div style={`background-image:url(${bg.src})`}></div>
<a href={i4.src}><Image src={i4} width={200} alt="d"/></a></body></html>
"""


async def test_astro(place: Path, tmp_path: Path) -> None:
    """It publishes what the page shows, not what it was given: each in the largest size that is linked."""
    site = need_npm("astro", "astro@5.18.2", "sharp@0.35.5")
    for old in ("src", "dist"):
        shutil.rmtree(site / old, ignore_errors=True)
    pictures = make(site / "src" / "assets", 5)
    imports = "\n".join(f"import i{n} from '../assets/{picture.path.name}';" for n, picture in enumerate(pictures))
    (site / "src" / "pages").mkdir()
    (site / "src" / "pages" / "index.astro").write_text(ASTRO_PAGE % {"imports": imports})
    (site / "astro.config.mjs").write_text("export default {}")
    run("npx", "astro", "build", cwd=site, env={"ASTRO_TELEMETRY_DISABLED": "1"})
    seen, asked = await look_at(site / "dist", place, tmp_path, pictures, wanted={})
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert sorted(width_of(site / "dist" / path.strip("/")) for path in asked) == [600, 1600, 1600, 1600, 1600]


async def test_eleventy(place: Path, tmp_path: Path) -> None:
    site = need_npm("eleventy", "@11ty/eleventy@3.1.8", "@11ty/eleventy-img@6.0.4")
    for old in ("src", "_site", ".cache"):
        shutil.rmtree(site / old, ignore_errors=True)
    pictures = make(site / "src", 3)
    (site / "eleventy.config.mjs").write_text(
        "import { eleventyImageTransformPlugin } from '@11ty/eleventy-img';\n"
        "export default function (c) { c.addPlugin(eleventyImageTransformPlugin, { formats: ['avif', 'webp', 'jpeg'], "
        "widths: [400, 800, 'auto'], htmlOptions: { imgAttributes: { sizes: '100vw' } } }); "
        "return { dir: { input: 'src' } } }\n"
    )
    shown = "".join(f"<img src='./{picture.path.name}' alt='x'>" for picture in pictures)
    (site / "src" / "index.html").write_text(f"<html><body>{shown}")
    run("npx", "@11ty/eleventy", cwd=site)
    seen, asked = await look_at(site / "_site", place, tmp_path, pictures, wanted={})
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert [width_of(site / "_site" / path.strip("/")) for path in asked] == [1600, 1600, 1600]


BUTTERFLY_POST = """\
---
title: Trip
date: 2026-11-01 10:00:00
cover: /img/%(4)s
---
![a](/img/%(0)s)
<a href="/img/%(1)s"><img src="/img/%(1)s" width=200></a> <img data-src="/img/%(2)s">
{%% gallery %%}
![x](/img/%(3)s)
{%% endgallery %%}
"""


async def test_hexo_with_butterfly(place: Path, tmp_path: Path) -> None:
    """Its galleries are JSON that stands as text in an element."""
    packages = "hexo@8.1.2 hexo-generator-index@4.0.0 hexo-renderer-marked@7.0.1 hexo-renderer-pug@3.0.0 "
    packages += "hexo-renderer-stylus@3.0.1 hexo-theme-butterfly@5.7.0"
    site = need_npm("hexo-butterfly", *packages.split())
    for old in ("source", "public"):
        shutil.rmtree(site / old, ignore_errors=True)
    (site / "db.json").unlink(missing_ok=True)
    manifest = (site / "package.json").read_text()
    if '"hexo": {' not in manifest:  # what its command knows a site by
        (site / "package.json").write_text(manifest.rstrip().removesuffix("}") + ', "hexo": {"version": "8.1.2"}}')
    pictures = make(site / "source" / "img", 5)
    post = site / "source" / "_posts" / "trip.md"
    post.parent.mkdir()
    post.write_text(BUTTERFLY_POST % {str(n): picture.path.name for n, picture in enumerate(pictures)})
    (site / "_config.yml").write_text("title: H\nurl: http://site.example\nauthor: ann\ntheme: butterfly\n")
    (site / "_config.butterfly.yml").write_text("lazyload:\n  enable: true\n  field: site\nlightbox: fancybox\n")
    run("npx", "hexo", "generate", cwd=site)
    wanted = published(pictures)
    follow = 'follow = { links = "a[href*=trip]" }'
    seen, _ = await look_at(site / "public", place, tmp_path, pictures, follow=follow, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


def width_of(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.width
