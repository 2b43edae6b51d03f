# ruff: noqa: E501 - markup of others
"""The places of `bench.follow`: each a program that runs until its block ends, what a person sees there, and the
selector that somebody would write by hand who reads its pages."""

from __future__ import annotations

import contextlib
import html
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
from PIL import Image, ImageDraw

from tests.real.real_django import project
from tests.real.real_programs import CACHE, free_port, need_debian, need_npm, need_python, run, started


@dataclass(frozen=True, slots=True)
class Place:
    url: str
    truth: dict[str, str]  # name -> SHA-256 of what is to be seen
    by_hand: str  # `follow` of the watchlist
    depth: int
    render: str = ""


def picture(path: Path, *, width: int = 700) -> Path:
    """Another one for each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = random.Random(path.name)
    image = Image.new("RGB", (width, width * 3 // 4), tuple(made.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = made.randrange(width), made.randrange(width)
        size = made.randrange(20, width // 2)
        draw.ellipse((x, y, x + size, y + size // 2), fill=tuple(made.randrange(256) for _ in range(3)))
    image.save(path, quality=85)
    return path


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def truth_of(paths: list[Path]) -> dict[str, str]:
    return {path.name: digest(path) for path in paths}


@contextlib.contextmanager
def served(folder: Path, log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, str(port)]
    with started(command, log=log, port=port):
        yield f"http://127.0.0.1:{port}"


# --- blogs, wikis


@contextlib.contextmanager
def wordpress(place: Path) -> Iterator[Place]:
    from tests.real.real_pictures import Picture
    from tests.real.real_wordpress import wordpress as start

    with start(place) as site:
        paths = [picture(place / "pictures" / f"photo-{n}.jpg", width=1300) for n in range(10)]
        for n, path in enumerate(paths):
            up = site.upload(Picture(path))
            words = f"<p>Words {n}.</p>" * 3
            shown = f'<figure><a href="{up.url}"><img src="{up.sizes.get("medium", up.url)}"></a></figure>'
            site.post(f"A day at the lake {n}", words + "<!--more-->" + shown)
        for n in range(3):
            site.post(f"Words without a picture {n}", "<p>Nothing to see.</p>")
        yield Place(f"{site.url}/", truth_of(paths), '{ links = "h2 a", depth = 1 }', 2)


@contextlib.contextmanager
def mediawiki(place: Path) -> Iterator[Place]:
    from tests.real.real_mediawiki import mediawiki as start
    from tests.real.real_pictures import Picture

    with start(place) as site:
        paths = [picture(place / "pictures" / f"Photo-{n}.jpg", width=1300) for n in range(8)]
        for path in paths:
            site.upload(Picture(path))
        articles = ["Lake of words", "Garden", "Old town", "Harbour"]
        for n, title in enumerate(articles):
            two = paths[2 * n : 2 * n + 2]
            site.page(
                title, f"Words of {title}.\n[[File:{two[0].name}|thumb|one]]\n<gallery>\n{two[1].name}\n</gallery>\n"
            )
        listed = "\n".join(f"* [[{title}]]" for title in articles)
        site.page("Main Page", f"Welcome.\n{listed}\n* [[Not written yet]]\n")
        yield Place(f"{site.url}/", truth_of(paths), '{ links = "#mw-content-text li a:not(.new)", depth = 1 }', 2)


# --- forums


MACHINA_LOAD = """
import pathlib
from django.contrib.auth import get_user_model
from django.core.files import File
from machina.core.db.models import get_model
Forum, Topic = get_model("forum", "Forum"), get_model("forum_conversation", "Topic")
Post, Attachment = get_model("forum_conversation", "Post"), get_model("forum_attachments", "Attachment")
Permission = get_model("forum_permission", "ForumPermission")
Granted = get_model("forum_permission", "UserForumPermission")
user = get_user_model().objects.create_user("poster")
for name in ("can_see_forum", "can_read_forum", "can_download_file"):
    permission = Permission.objects.get(codename=name)
    Granted.objects.create(permission=permission, anonymous_user=True, has_perm=True)
files = sorted(pathlib.Path("PICTURES").iterdir())
for at, forum_name in enumerate(("Photos", "Small talk")):
    forum = Forum.objects.create(name=forum_name, type=Forum.FORUM_POST)
    for number in range(5):
        common = dict(poster=user, subject=f"Words {at} {number}", approved=True)
        topic = Topic.objects.create(forum=forum, type=Topic.TOPIC_POST, status=Topic.TOPIC_UNLOCKED, **common)
        post = Post.objects.create(topic=topic, username="poster", content="See", **common)
        Post.objects.create(topic=topic, username="poster", content="Nice", **common)
        if at == 0 or number == 0:
            file = files.pop(0)
            attached = Attachment(post=post, comment="x"); attached.file.save(file.name, File(file.open("rb")))

"""


@contextlib.contextmanager
def machina(place: Path) -> Iterator[Place]:
    from tests.real.test_real_django import MACHINA_SETTINGS

    programs = need_python("machina", "django-machina==1.3.1", "django<5", "setuptools")
    paths = [picture(place / "pictures" / f"photo-{n}.jpg") for n in range(6)]
    urls = "from machina import urls\nurlpatterns = [path('forum/', include(urls)), media]"
    load = MACHINA_LOAD.replace("PICTURES", str(place / "pictures"))
    with project(programs, place / "machina", settings=MACHINA_SETTINGS, urls=urls, load=load) as url:
        by_hand = '{ links = "a.forum-name-link, a.topic-name-link", depth = 2 }'
        yield Place(f"{url}/forum/", truth_of(paths), by_hand, 2)


@contextlib.contextmanager
def spirit(place: Path) -> Iterator[Place]:
    from tests.real import test_real_django as real
    from tests.real.real_pictures import Picture

    programs = need_python("spirit", "django-spirit==0.14.3", "setuptools")
    paths = [picture(place / "pictures" / f"photo-{n}.jpg") for n in range(5)]
    run(programs / "spirit", "startproject", "site1", cwd=place, env=real.on_path(programs))
    port = free_port()
    settings = place / "site1" / "site1" / "settings" / "real.py"
    settings.write_text(real.SPIRIT_SETTINGS.format(place=place, port=port))
    manage = (programs / "python", place / "site1" / "manage.py")
    env = {**real.on_path(programs), "DJANGO_SETTINGS_MODULE": "site1.settings.real", "PYTHONWARNINGS": "ignore"}
    run(*manage, "spiritinstall", cwd=place, env=env)
    who = ["--noinput", "--username", "poster", "--email", "poster@example.org"]
    run(*manage, "createsuperuser", *who, cwd=place, env={**env, "DJANGO_SUPERUSER_PASSWORD": real.PASSWORD})
    server = [*manage, "runserver", f"127.0.0.1:{port}", "--noreload"]
    url = f"http://127.0.0.1:{port}"
    with (
        started(server, log=place / "spirit.log", port=port, cwd=place, env=env),
        httpx.Client(base_url=url, timeout=60, follow_redirects=True) as client,
    ):
        real.post_to_spirit(client, [Picture(path) for path in paths])
        yield Place(f"{url}/", truth_of(paths), "{ links = \"a[href*='/topic/']\", depth = 1 }", 2)


@contextlib.contextmanager
def misago(place: Path) -> Iterator[Place]:
    from tests.real.real_misago import misago as start
    from tests.real.real_pictures import Picture

    with start(place) as site:
        paths = [picture(place / "pictures" / f"photo-{n}.jpg") for n in range(5)]
        for n, path in enumerate(paths):
            site.thread(f"My photos number {n}", "Here they are.", [site.upload(Picture(path))["id"]])
        for n in range(3):
            site.thread(f"Only words number {n}", "Nothing to see.", [])
        yield Place(f"{site.url}/", truth_of(paths), '{ links = "a.threads-list-item-title", depth = 1 }', 2)


# --- an imageboard: vichan is in no registry; its pages are made here by the markup of its own templates (index.html,
# thread.html, post_thread.html, post_reply.html, post/fileinfo.html, post/image.html, catalog.html)

BOARDS = '<div class="boardlist">[ <a href="/b/index.html" title="Random">b</a> / <a href="/pol/index.html" title="P">pol</a> ] [ <a href="/">Home</a> / <a href="/rules.html">Rules</a> / <a href="/faq.html">FAQ</a> / <a href="/search.php">Search</a> / <a href="/mod.php">Manage</a> ]</div>'
FOOT = '<footer><p class="unimportant">- <a href="https://github.com/vichan-devel/vichan">vichan</a> -</p></footer>'


def _file(board: str, name: str) -> str:
    return (
        f'<div class="files"><div class="file"><p class="fileinfo">File: <a href="/{board}/src/{name}">{name}</a> '
        f'<span class="unimportant">(40 KB, 700x525, <a href="/{board}/src/{name}" download="{name}" title="Save as '
        f'original filename">{name}</a>)</span></p><a href="/{board}/src/{name}" target="_blank"><img class="post-image" '
        f'src="/{board}/thumb/{name}" style="width:255px;height:191px" alt="" /></a></div></div>'
    )


def _post(board: str, thread: int, number: int, name: str, kind: str, *, index: bool) -> str:
    link = f"/{board}/res/{thread}.html"
    reply = f'<a href="{link}">[Reply]</a>' if index and kind == "op" else ""
    return (
        f'<div class="post {kind}" id="{kind}_{number}">{_file(board, name) if name else ""}<p class="intro"><input '
        f'type="checkbox" class="delete" name="delete_{number}"/><span class="name">Anonymous</span> <time>11/01/26</time>'
        f'&nbsp;<a class="post_no" id="post_no_{number}" onclick="highlightReply({number})" href="{link}#{number}">No.</a>'
        f'<a class="post_no" onclick="citeReply({number})" href="{link}#q{number}">{number}</a> {reply}</p><div class="body">'
        f"<p>Words of {number}</p></div></div>"
    )


@contextlib.contextmanager
def vichan(place: Path) -> Iterator[Place]:
    paths, root = [], place / "board"
    for board in ("b", "pol"):
        threads = list(range(1000, 1000 + 14 * 10, 10)) if board == "b" else [500, 510]
        shown: dict[int, str] = {}
        for thread in threads:
            names = [f"{board}{thread}{n}.jpg" for n in range(4)]
            for name in names:
                paths.append(picture(root / board / "src" / name, width=500))
                picture(root / board / "thumb" / name, width=255)
            op = _post(board, thread, thread, names[0], "op", index=False)
            rest = [_post(board, thread, thread + n, name, "reply", index=False) for n, name in enumerate(names[1:], 1)]
            body = f'<div class="thread" id="thread_{thread}">{op}{"".join(rest)}</div>'
            tail = f'<a id="thread-return" href="/{board}/index.html">[Return]</a><a href="/{board}/catalog.html">Catalog</a>'
            page = f"<title>/{board}/ - {thread}</title>{BOARDS}<header><h1>/{board}/</h1></header>{body}{tail}{FOOT}"
            (root / board / "res").mkdir(exist_ok=True)
            (root / board / "res" / f"{thread}.html").write_text(page)
            op, last = _post(board, thread, thread, names[0], "op", index=True), rest[-1]
            omitted = '<span class="omitted">2 posts and 2 image replies omitted. Click reply to view.</span>'
            shown[thread] = f'<div class="thread" id="thread_{thread}">{op}{omitted}{last}<hr/></div>'
        for number in range(0, len(threads), 10):
            names = ["index" if n == 0 else str(n + 1) for n in range((len(threads) + 9) // 10)]
            pages = "".join(
                f" [<a {'class=selected' if n == number // 10 else f'href=/{board}/{name}.html'}>{n + 1}</a>]"
                for n, name in enumerate(names)
            )
            form = f'<form name="postcontrols" action="/post.php">{"".join(shown[t] for t in threads[number : number + 10])}</form>'
            foot = f'<div class="pages">{pages} | <a href="/{board}/catalog.html">Catalog</a></div>{BOARDS}{FOOT}'
            name = f"{number // 10 + 1}.html" if number else "index.html"
            (root / board / name).write_text(f"<title>/{board}/</title>{BOARDS}<h1>/{board}/</h1>{form}{foot}")
        mixed = "".join(
            f'<div class="mix"><div class="thread grid-li grid-size-small"><a href="/{board}/res/{t}.html"><img '
            f'src="/{board}/thumb/{board}{t}0.jpg" class="thread-image"></a><div class="replies"><strong>R: 3</strong></div>'
            "</div></div>"
            for t in threads
        )
        (root / board / "catalog.html").write_text(f"<title>Catalog</title>{BOARDS}<ul id=Grid>{mixed}</ul>{FOOT}")
    for name in ("rules.html", "faq.html", "search.php", "mod.php"):
        (root / name).write_text(f"<title>{name}</title>{BOARDS}<p>{'Words. ' * 60}</p>")
    (root / "index.html").write_text(f"<title>Home</title>{BOARDS}<p>Welcome to our boards, {'words ' * 40}</p>")
    wanted = [path for path in paths if path.parent.parent.name == "b"]
    with served(root, place / "server.log") as url:
        yield Place(f"{url}/b/index.html", truth_of(wanted), '{ links = ".op a.post_no", depth = 1 }', 2)


# --- file servers


def _folders(root: Path) -> list[Path]:
    paths = [picture(root / "garden" / f"g{n}.jpg") for n in range(4)]
    paths += [picture(root / "trip to the sea" / "first day" / f"a{n}.jpg") for n in range(3)]
    paths += [picture(root / "trip to the sea" / "second day" / f"b{n}.png") for n in range(3)]
    for number in range(3):
        (root / "texts").mkdir(exist_ok=True)
        (root / "texts" / f"words{number}.txt").write_text("words")
    (root / "README.md").write_text("# words")
    (root / "all.zip").write_bytes(b"PK")
    return paths


@contextlib.contextmanager
def python_files(place: Path) -> Iterator[Place]:
    paths = _folders(place / "files")
    with served(place / "files", place / "server.log") as url:
        yield Place(f"{url}/", truth_of(paths), "{ links = \"a[href$='/']\", depth = 2 }", 2)


@contextlib.contextmanager
def nginx(place: Path) -> Iterator[Place]:
    need_debian("nginx-light")
    paths, port = _folders(place / "files"), free_port()
    conf = place / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {place}/pid; error_log {place}/error.log; events {{}}\n"
        f"http {{ access_log {place}/access.log; types {{ image/jpeg jpg; image/png png; text/plain txt md; }}\n"
        f"server {{ listen 127.0.0.1:{port}; root {place}/files; autoindex on; }} }}\n"
    )
    with started(["nginx", "-c", conf], log=place / "log", port=port):
        yield Place(f"http://127.0.0.1:{port}/", truth_of(paths), "{ links = \"a[href$='/']\", depth = 2 }", 2)


@contextlib.contextmanager
def copyparty(place: Path) -> Iterator[Place]:
    bin_ = CACHE / "copyparty" / "bin"
    programs = bin_ if bin_.exists() else need_python("copyparty", "copyparty", "pillow")
    paths, port = _folders(place / "files"), free_port()
    command = [
        programs / "python",
        "-m",
        "copyparty",
        "-i",
        "127.0.0.1",
        "-p",
        str(port),
        "-v",
        f"{place}/files::r",
        "-q",
    ]
    with started(command, log=place / "log", port=port, env={"HOME": str(place)}):
        yield Place(f"http://127.0.0.1:{port}/", truth_of(paths), "{ links = \"#files a[href$='/']\", depth = 2 }", 2)


# --- galleries


@contextlib.contextmanager
def sigal(place: Path) -> Iterator[Place]:
    programs = need_python("sigal", "sigal==2.6.1")
    paths = [picture(place / "in" / "garden" / f"g{n}.jpg", width=1200) for n in range(4)]
    paths += [picture(place / "in" / "trip to the sea" / "first day" / f"a{n}.jpg", width=1200) for n in range(3)]
    paths += [picture(place / "in" / "trip to the sea" / "second day" / f"b{n}.jpg", width=1200) for n in range(3)]
    conf = place / "sigal.conf.py"
    run(programs / "sigal", "init", conf)
    conf.write_text(f"{conf.read_text()}\ntheme = 'galleria'\nkeep_orig = True\n")
    run(programs / "sigal", "build", "-q", "-c", conf, place / "in", place / "out")
    with served(place / "out", place / "log") as url:
        yield Place(f"{url}/", truth_of(paths), '{ links = "#albums a", depth = 2 }', 2)


@contextlib.contextmanager
def thumbsup(place: Path) -> Iterator[Place]:
    need_debian("graphicsmagick", "libimage-exiftool-perl")
    programs = need_npm("thumbsup", "thumbsup@2.18.0")
    paths = [
        picture(place / "in" / folder / f"{folder}{n}.jpg") for folder in ("garden", "sea", "town") for n in range(3)
    ]
    command = programs / "node_modules" / ".bin" / "thumbsup"
    run(command, "--input", place / "in", "--output", place / "out", "--photo-download", "copy")
    with served(place / "out", place / "log") as url:
        yield Place(f"{url}/", truth_of(paths), '{ links = "#albums a, .album a", depth = 1 }', 2)


@contextlib.contextmanager
def nikola(place: Path) -> Iterator[Place]:
    programs = need_python("nikola", "nikola==8.3.3")
    site = place / "site"
    run(programs / "nikola", "init", "-q", site)
    paths = []
    for n in range(4):
        paths.append(picture(site / "images" / f"post{n}.jpg"))
        text = f".. title: Day {n}\n.. slug: day-{n}\n.. date: 2026-11-0{n + 1}\n\nWords.\n\n.. TEASER_END\n\n.. image:: /images/post{n}.jpg\n"
        (site / "posts").mkdir(exist_ok=True)
        (site / "posts" / f"day-{n}.rst").write_text(text)
    conf = site / "conf.py"
    conf.write_text(conf.read_text() + "\nINDEX_TEASERS = True\nGALLERIES_USE_THUMBNAIL = True\n")
    run(programs / "nikola", "build", "-q", cwd=site)
    with served(site / "output", place / "log") as url:
        published = [site / "output" / "images" / path.name for path in paths]
        yield Place(f"{url}/", truth_of(published), '{ links = "article h1 a", depth = 1 }', 2)


@contextlib.contextmanager
def hugo(place: Path) -> Iterator[Place]:
    """A list of bare links, as the smallest of themes has it."""
    need_debian("hugo")
    site, paths = place / "site", []
    run("hugo", "new", "site", site)
    for n in range(6):
        post = site / "content" / "post" / f"day-{n}"
        paths.append(picture(post / f"day{n}.jpg"))
        (post / "index.md").write_text(f"---\ntitle: Day {n}\ndate: 2026-11-01T10:00:00Z\n---\n![x](day{n}.jpg)\n")
    (site / "content" / "about.md").write_text("---\ntitle: About\n---\nWords\n")
    layouts = site / "layouts" / "_default"
    layouts.mkdir(parents=True)
    (layouts / "single.html").write_text("<html><body><article>{{ .Content }}</article><a href='/'>Home</a>")
    index = '<html><body>{{ range .Site.RegularPages }}<a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ end }}'
    (site / "layouts" / "index.html").write_text(index)
    run("hugo", cwd=site)
    with served(site / "public", place / "log") as url:
        yield Place(f"{url}/", truth_of(paths), '{ links = "a", depth = 1 }', 2)


@contextlib.contextmanager
def docsify(place: Path) -> Iterator[Place]:
    """Its pages are routes of its script. By hand: no selector reaches them, so that is the first page alone."""
    programs = CACHE / "docsify"
    if not (programs / "node_modules" / "docsify").exists():
        programs = need_npm("docsify", "docsify@4.13.1")
    root = place / "docs"
    root.mkdir()
    package = programs / "node_modules" / "docsify"
    built = package / "lib" if (package / "lib" / "docsify.min.js").exists() else package / "dist"
    shutil.copy(built / "docsify.min.js", root / "docsify.js")
    paths = [picture(root / "pictures" / f"d{n}.jpg") for n in range(6)]
    (root / "README.md").write_text(
        "# Home\nWords of the first page.\n\n![x](pictures/d0.jpg)\n\nSee [the sea](sea.md?id=part).\n"
    )
    (root / "garden.md").write_text("# Garden\n\n![x](pictures/d1.jpg)\n\n## Part\n\n![x](pictures/d2.jpg)\n")
    (root / "sea.md").write_text("# Sea\n\n![x](pictures/d3.jpg)\n")
    (root / "trip").mkdir()
    (root / "trip" / "day.md").write_text("# Day\n\n![x](../pictures/d4.jpg)\n\n![x](../pictures/d5.jpg)\n")
    (root / "words.md").write_text("# Words\nOnly words.\n")
    names = {"Home": "/", "Garden": "garden.md", "Sea": "sea.md", "Day": "trip/day.md", "Words": "words.md"}
    (root / "_sidebar.md").write_text("\n".join(f"* [{name}]({path})" for name, path in names.items()))
    (root / "index.html").write_text(
        "<!DOCTYPE html><html><head><meta charset=UTF-8></head><body><div id=app></div><script>window.$docsify = {name: 'D',"
        f" loadSidebar: true, subMaxLevel: 2, relativePath: false}}</script><script src={html.escape('docsify.js')}></script></body></html>"
    )
    (root / ".nojekyll").write_text("")
    with served(root, place / "log") as url:
        yield Place(f"{url}/", truth_of(paths), '{ links = ".sidebar-nav a", depth = 1 }', 2, "auto")


PLACES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Place]]] = {
    "wordpress": wordpress,
    "mediawiki": mediawiki,
    "machina": machina,
    "spirit": spirit,
    "misago": misago,
    "vichan": vichan,
    "python_files": python_files,
    "nginx": nginx,
    "copyparty": copyparty,
    "sigal": sigal,
    "thumbsup": thumbsup,
    "nikola": nikola,
    "hugo": hugo,
    "docsify": docsify,
}
