"""Site generators that people publish photos with: Hugo and Jekyll (Debian), Simple Photo Gallery (PyPI), Hexo and
Eleventy's image plugin (npm)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import make
from tests.real.real_programs import need_debian, need_npm, need_python, run
from tests.real.test_real_galleries import served

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

HUGO_POST = """\
---
title: Trip
date: 2026-11-01T10:00:00Z
---
{{< figure src="%(0)s" link="%(0)s" >}}
![words](%(1)s)
{{< small >}}
"""
HUGO_SMALL = """\
{{ range (slice "%(2)s" "%(3)s") }}{{ $i := $.Page.Resources.GetMatch . }}{{ $s := $i.Resize "600x" }}
{{ $t := $i.Fill "200x200" }}
<a href="{{ $i.RelPermalink }}"><img src="{{ $t.RelPermalink }}" srcset="{{ $s.RelPermalink }} 600w"></a>
{{ end }}
"""
HUGO_SINGLE = """\
<html><body><article><time datetime="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">x</time>{{ .Content }}</article>
"""
HUGO_INDEX = '<html><body>{{ range .Site.RegularPages }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}'


async def test_hugo(place: Path, tmp_path: Path) -> None:
    need_debian("hugo")
    site = tmp_path / "site"
    run("hugo", "new", "site", site)
    post = site / "content" / "post" / "trip"
    pictures = make(post, 4)
    names = {str(n): picture.path.name for n, picture in enumerate(pictures)}
    (post / "index.md").write_text(HUGO_POST % names)
    layouts = site / "layouts"
    for name, text in (
        ("_default/single.html", HUGO_SINGLE),
        ("index.html", HUGO_INDEX),
        ("shortcodes/small.html", HUGO_SMALL % names),
    ):
        (layouts / name).parent.mkdir(parents=True, exist_ok=True)
        (layouts / name).write_text(text)
    run("hugo", cwd=site)
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(site / "public", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a" }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert {s.place.posted_at for s in seen.sightings} == {"2026-11-01T10:00:00Z"}


JEKYLL_POST = """\
---
layout: post
title: Trip
author: ann
---
![a](/images/%(0)s)
[![b](/images/%(1)s){: width="200"}](/images/%(1)s)
<figure style="background-image: url('/images/%(2)s')"></figure>
"""
# As Jekyll's own theme, minima, writes a post.
JEKYLL_LAYOUT = """\
<html><body><article class="post h-entry" itemscope itemtype="http://schema.org/BlogPosting">
<time class="dt-published" datetime="{{ page.date | date_to_xmlschema }}" itemprop="datePublished">x</time>
<span itemprop="author" itemscope itemtype="http://schema.org/Person">
<span class="p-author h-card" itemprop="name">{{ page.author }}</span></span>
<div class="post-content e-content" itemprop="articleBody">{{ content }}</div>
<a class="u-url" href="{{ page.url | relative_url }}" hidden></a></article>
"""


async def test_jekyll(place: Path, tmp_path: Path) -> None:
    need_debian("jekyll")
    site = tmp_path / "site"
    pictures = make(site / "images", 3)
    for name, text in (
        ("_config.yml", "title: Blog\n"),
        (
            "index.html",
            "---\n---\n{% for post in site.posts %}<a href='{{ post.url }}'>{{ post.title }}</a>{% endfor %}",
        ),
        ("_layouts/post.html", JEKYLL_LAYOUT),
        ("_posts/2026-11-01-trip.md", JEKYLL_POST % {str(n): p.path.name for n, p in enumerate(pictures)}),
    ):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    run("jekyll", "build", "-q", cwd=site)
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(site / "_site", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a" }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert {s.place.account for s in seen.sightings} == {"ann"}
    assert all(s.place.posted_at.startswith("2026-11-01") for s in seen.sightings)


async def test_simple_photo_gallery(place: Path, tmp_path: Path) -> None:
    programs = need_python("simple-photo-gallery", "simple-photo-gallery==1.5.7")
    site = tmp_path / "site"
    pictures = make(tmp_path / "pictures", 4)
    shutil.copytree(tmp_path / "pictures", site)  # it moves what it is given
    run(programs / "gallery-init", "--use-defaults", cwd=site)
    run(programs / "gallery-build", cwd=site)
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(site / "public", place / "server.log") as url:
        seen = await look(tmp_path / "monitor", f'kind = "page"\nurl = "{url}/"', pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


HEXO_POST = """\
---
title: Trip
date: 2026-11-01 10:00:00
photos:
- /2026/11/01/trip/%(0)s
---
![a](%(1)s) {%% asset_img %(2)s 200 150 "title" %%} {%% asset_link %(3)s %%}
<!-- more -->
[![t](%(4)s)](%(4)s)
"""


async def test_hexo(place: Path, tmp_path: Path) -> None:
    packages = "hexo@8.1.2 hexo-generator-index@4.0.0 hexo-renderer-marked@7.0.1 hexo-renderer-ejs@2.0.0 "
    packages += "hexo-renderer-stylus@3.0.1 hexo-theme-landscape@1.1.0"
    site = need_npm("hexo", *packages.split())
    for old in ("source", "public", "db.json"):
        shutil.rmtree(site / old, ignore_errors=True)
    (site / "db.json").unlink(missing_ok=True)
    manifest = (site / "package.json").read_text()
    if '"hexo": {' not in manifest:  # what its command knows a site by
        (site / "package.json").write_text(manifest.rstrip().removesuffix("}") + ', "hexo": {"version": "8.1.2"}}')
    pictures = make(site / "source" / "_posts" / "trip", 5)
    names = {str(n): picture.path.name for n, picture in enumerate(pictures)}
    (site / "source" / "_posts" / "trip.md").write_text(HEXO_POST % names)
    (site / "_config.yml").write_text(
        "title: H\nurl: http://127.0.0.1\nauthor: ann\ntheme: landscape\npost_asset_folder: true\n"
        "marked: {prependRoot: true, postAsset: true}\n"
    )
    run("npx", "hexo", "generate", cwd=site)
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(site / "public", place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = ".article-more-link a" }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert {s.place.account for s in seen.sightings} == {"ann"}
    assert all(s.place.posted_at.startswith("2026-11-01") for s in seen.sightings)
