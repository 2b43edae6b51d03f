"""Image components of JavaScript frameworks, built and served by themselves: Next.js, Nuxt. And thumbsup (npm)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import make
from tests.real.real_programs import free_port, need_debian, need_npm, run, started
from tests.real.test_real_galleries import served

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

QUIET = {"NEXT_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1"}
NEXT_PAGE = """\
import Image from 'next/image'
import still from '../public/photos/%(0)s'
export default function Page() {
  return <main><h1>Photos</h1>
    <Image src={still} alt="imported" placeholder="blur" />
    <Image src="/photos/%(1)s" width={300} height={200} alt="by its path" />
    <div style={{position: 'relative'}}><Image src="/photos/%(2)s" fill sizes="50vw" alt="fill" priority /></div>
    <a href="/photos/%(3)s"><Image src="/photos/%(3)s" width={120} height={80} alt="linked" /></a>
  </main>
}
"""
NEXT_LAYOUT = "export default function Layout({children}) { return <html lang='en'><body>{children}</body></html> }"
NUXT_PAGE = """\
<template><main><h1>Photos</h1>
<NuxtImg src="/photos/%(0)s" sizes="100vw sm:50vw md:400px" placeholder />
<NuxtImg src="/photos/%(1)s" fit="cover" width="200" height="200" quality="60" />
<NuxtPicture src="/photos/%(2)s" width="200" format="avif,webp" />
<a href="/photos/%(3)s"><NuxtImg src="/photos/%(3)s" width="100" /></a>
</main></template>
"""
NUXT_CONFIG = "export default defineNuxtConfig({ modules: ['@nuxt/image'], compatibilityDate: '2026-01-01' })"


async def test_next(place: Path, tmp_path: Path) -> None:
    site = need_npm("next", "next@16.4.6", "react@19.3.1", "react-dom@19.3.1")
    for old in ("app", "public", ".next"):
        shutil.rmtree(site / old, ignore_errors=True)
    pictures = make(site / "public" / "photos", 4)
    (site / "app").mkdir()
    (site / "app" / "layout.jsx").write_text(NEXT_LAYOUT)
    (site / "app" / "page.jsx").write_text(NEXT_PAGE % {str(n): p.path.name for n, p in enumerate(pictures)})
    run("npx", "next", "build", cwd=site, env=QUIET)
    port = free_port()
    server = ["npx", "next", "start", "-H", "127.0.0.1", "-p", str(port)]
    with started(server, log=place / "next.log", port=port, cwd=site, env=QUIET):
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(
            tmp_path / "monitor", f'kind = "page"\nurl = "http://127.0.0.1:{port}/"', pictures, wanted=wanted
        )
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert not seen.report.errors, seen.told


async def test_nuxt(place: Path, tmp_path: Path) -> None:
    """A placeholder of 10 x 10 and a square cut are all that stands on the page of two of them."""
    site = need_npm("nuxt", "nuxt@4.4.5", "@nuxt/image@2.1.0")
    for old in ("app", "public", ".output", ".nuxt"):
        shutil.rmtree(site / old, ignore_errors=True)
    pictures = make(site / "public" / "photos", 4)
    (site / "app").mkdir()
    (site / "nuxt.config.ts").write_text(NUXT_CONFIG)
    (site / "app" / "app.vue").write_text(NUXT_PAGE % {str(n): p.path.name for n, p in enumerate(pictures)})
    run("npx", "nuxt", "build", cwd=site, env=QUIET)
    port = free_port()
    env = {"HOST": "127.0.0.1", "PORT": str(port)}
    with started(["node", ".output/server/index.mjs"], log=place / "nuxt.log", port=port, cwd=site, env=env):
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(
            tmp_path / "monitor", f'kind = "page"\nurl = "http://127.0.0.1:{port}/"', pictures, wanted=wanted
        )
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert not seen.report.errors, seen.told


async def test_thumbsup(place: Path, tmp_path: Path) -> None:
    need_debian("graphicsmagick", "libimage-exiftool-perl")
    programs = need_npm("thumbsup", "thumbsup@2.18.0")
    pictures = make(tmp_path / "pictures", 3) + make(tmp_path / "pictures" / "summer", 2, start=3)
    output = tmp_path / "output"
    command = programs / "node_modules" / ".bin" / "thumbsup"
    run(command, "--input", tmp_path / "pictures", "--output", output, "--photo-download", "copy")
    wanted = {picture.path.name: picture.digest for picture in pictures}
    with served(output, place / "server.log") as url:
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a", depth = 2 }}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert not seen.report.errors, seen.told
