"""Forums and galleries on Django: Spirit (through its own forms), machina, Photologue, Puput (that is Wagtail)."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.real.real_django import project
from tests.real.real_monitor import look
from tests.real.real_pictures import Picture, make
from tests.real.real_programs import free_port, need_python, run, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

PASSWORD = "a long enough word"
SPIRIT_SETTINGS = """\
from .base import *
SECRET_KEY, ALLOWED_HOSTS, DEBUG = "x" * 50, ["*"], True
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{place}/db.sqlite"}}}}
CACHES = {{name: {{"BACKEND": "django.core.cache.backends.dummy.DummyCache"}} for name in ("default", "st_rate_limit")}}
ST_SITE_URL = "http://127.0.0.1:{port}/"
ST_RATELIMIT_ENABLE = False
"""


async def test_spirit(place: Path, tmp_path: Path) -> None:
    """Uploads, and pictures on the second page, to which only a drawn arrow leads."""
    programs = need_python("spirit", "django-spirit==0.14.3", "setuptools")
    pictures = make(tmp_path / "pictures", 5)
    run(programs / "spirit", "startproject", "site1", cwd=place, env=on_path(programs))
    port = free_port()
    (place / "site1" / "site1" / "settings" / "real.py").write_text(SPIRIT_SETTINGS.format(place=place, port=port))
    manage = (programs / "python", place / "site1" / "manage.py")
    env = {**on_path(programs), "DJANGO_SETTINGS_MODULE": "site1.settings.real", "PYTHONWARNINGS": "ignore"}
    run(*manage, "spiritinstall", cwd=place, env=env)
    who = ["--noinput", "--username", "poster", "--email", "poster@example.org"]
    run(*manage, "createsuperuser", *who, cwd=place, env={**env, "DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    server = [*manage, "runserver", f"127.0.0.1:{port}", "--noreload"]
    url = f"http://127.0.0.1:{port}"
    with (
        started(server, log=place / "spirit.log", port=port, cwd=place, env=env),
        httpx.Client(base_url=url, timeout=60, follow_redirects=True) as client,
    ):
        post_to_spirit(client, pictures)
        watch = f'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "a[href*=\'/topic/\']" }}'
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert {s.place.account for s in seen.sightings} == {"poster"}
    assert all(s.place.posted_at for s in seen.sightings)


def on_path(programs: Path) -> dict[str, str]:
    return {"PATH": f"{programs}:/usr/bin:/bin"}


def post_to_spirit(client: httpx.Client, pictures: list[Picture]) -> None:
    def token(page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(page).text)
        assert found, page
        return found[1]

    login = "/user/login/"
    client.post(login, data={"csrfmiddlewaretoken": token(login), "username": "poster", "password": PASSWORD})
    publish = "/topic/publish/"
    urls = []
    for picture in pictures:
        done = client.post(
            "/comment/upload/",
            files={"image": (picture.path.name, picture.path.read_bytes(), "image/jpeg")},
            headers={"X-CSRFToken": token(publish), "X-Requested-With": "XMLHttpRequest"},
        )
        urls.append(done.json()["url"])
    category = re.findall(r'<option value="(\d+)"', client.get(publish).text)[-1]
    text = f"See ![a]({urls[0]}) and [![b]({urls[1]})]({urls[1]}) and [one more]({urls[2]})"
    values = {"csrfmiddlewaretoken": token(publish), "title": "My photos", "category": category, "comment": text}
    topic = str(client.post(publish, data=values).url.path)
    number = topic.split("/")[2]
    for n in range(22):
        words = f"Answer {n}" + (f" ![x]({urls[n - 17]})" if n in (20, 21) else "")
        values = {"csrfmiddlewaretoken": token(topic), "comment": words}
        assert client.post(f"/comment/{number}/publish/", data=values).status_code == 200


MACHINA_SETTINGS = """
from machina import MACHINA_MAIN_STATIC_DIR, MACHINA_MAIN_TEMPLATE_DIR
apps = "forum forum_conversation forum_conversation.forum_attachments forum_conversation.forum_polls forum_feeds " \\
    "forum_moderation forum_search forum_tracking forum_member forum_permission"
INSTALLED_APPS += ["mptt", "haystack", "widget_tweaks", "machina", *(f"machina.apps.{name}" for name in apps.split())]
TEMPLATES[0]["DIRS"] = [MACHINA_MAIN_TEMPLATE_DIR]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("machina.core.context_processors.metadata")
MIDDLEWARE.append("machina.apps.forum_permission.middleware.ForumPermissionMiddleware")
STATICFILES_DIRS = [MACHINA_MAIN_STATIC_DIR]
LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": LOCAL, "machina_attachments": LOCAL}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
"""
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
forum = Forum.objects.create(name="Photos", type=Forum.FORUM_POST)
for name in ("can_see_forum", "can_read_forum", "can_download_file"):
    permission = Permission.objects.get(codename=name)
    Granted.objects.create(permission=permission, anonymous_user=True, has_perm=True)
common = dict(poster=user, subject="My photos", approved=True)
topic = Topic.objects.create(forum=forum, type=Topic.TOPIC_POST, status=Topic.TOPIC_UNLOCKED, **common)
def post(words, files=()):
    made = Post.objects.create(topic=topic, username="poster", content=words, **common)
    for file in files:
        attached = Attachment(post=made, comment="x"); attached.file.save(file.name, File(file.open("rb")))

files = sorted(pathlib.Path("PICTURES").iterdir())
post("See", files[:2])
for number in range(20): post(f"Answer {number}", files[2:] if number == 18 else ())

"""


async def test_machina(place: Path, tmp_path: Path) -> None:
    """Attachments stand as links to `/attachment/7/` called `cat.jpg (447 KB)`."""
    programs = need_python("machina", "django-machina==1.3.1", "django<5", "setuptools")
    pictures = make(tmp_path / "pictures", 4)
    urls = "from machina import urls\nurlpatterns = [path('forum/', include(urls)), media]"
    load = MACHINA_LOAD.replace("PICTURES", str(tmp_path / "pictures"))
    with project(programs, place / "machina", settings=MACHINA_SETTINGS, urls=urls, load=load) as url:
        watch = f'kind = "page"\nurl = "{url}/forum/forum/photos-1/"\nfollow = {{ links = "a.topic-name-link" }}'
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert {s.place.account for s in seen.sightings} == {"poster"}
    assert all(s.place.posted_at for s in seen.sightings)


PHOTOLOGUE_LOAD = """
import pathlib
from django.core.files import File
from photologue.models import Photo
for file in sorted(pathlib.Path("PICTURES").iterdir()):
    photo = Photo(title=file.name, slug=file.stem)
    photo.image.save(file.name, File(file.open("rb")))
    photo.sites.add(1)

"""


async def test_photologue(place: Path, tmp_path: Path) -> None:
    """The list shows thumbnails only; the full size is told by their names, no page behind them is needed."""
    programs = need_python("photologue", "django-photologue==3.20")
    pictures = make(tmp_path / "pictures", 4)
    settings = "INSTALLED_APPS += ['django.contrib.sites', 'sortedm2m', 'photologue']\nSITE_ID = 1\n"
    settings += "TEMPLATES[0]['DIRS'] = [BASE_DIR / 'templates']\n"
    urls = "urlpatterns = [path('', include('photologue.urls', namespace='photologue')), media]"
    load = PHOTOLOGUE_LOAD.replace("PICTURES", str(tmp_path / "pictures"))
    with project(programs, place / "photologue", settings=settings, urls=urls, load=load) as url:
        templates = place / "photologue" / "templates"
        templates.mkdir()
        (templates / "base.html").write_text("<html><body>{% block content %}{% endblock %}</body></html>")
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(tmp_path / "monitor", f'kind = "page"\nurl = "{url}/photolist/"', pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told


PUPUT_SETTINGS = """
from puput import PUPUT_APPS
INSTALLED_APPS += list(PUPUT_APPS)
MIDDLEWARE += ["wagtail.contrib.redirects.middleware.RedirectMiddleware"]
WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL = "Blog", "http://127.0.0.1"
"""
PUPUT_LOAD = """
import pathlib
from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.management import call_command
from puput.models import BlogPage, EntryPage
from wagtail.images.models import Image
call_command("puput_initial_data")
user = get_user_model().objects.create_user("poster")
images = []
for file in sorted(pathlib.Path("PICTURES").iterdir()):
    images.append(Image.objects.create(title=file.name, file=File(file.open("rb"), name=file.name)))
body = ""
for kind, image in zip(["left", "right", "fullwidth"], images[1:]):
    body += f'<embed alt="x" embedtype="image" format="{kind}" id="{image.id}"/>'
entry = EntryPage(title="Trip", owner=user, body=body, header_image=images[0], slug="trip", excerpt="short")
BlogPage.objects.first().add_child(instance=entry); entry.save_revision().publish()
"""


async def test_puput(place: Path, tmp_path: Path) -> None:
    """Wagtail shows renditions only (`cat.width-500.jpg`, one cut to 800x240); originals are in a folder beside."""
    programs = need_python("puput", "puput==2.2.0", "setuptools")
    pictures = make(tmp_path / "pictures", 4)
    urls = "urlpatterns = [media, path('', include('puput.urls')), path('', include('wagtail.urls'))]"
    load = PUPUT_LOAD.replace("PICTURES", str(tmp_path / "pictures"))
    with project(programs, place / "puput", settings=PUPUT_SETTINGS, urls=urls, load=load) as url:
        watch = f'kind = "page"\nurl = "{url}/blog/"\nfollow = {{ links = "a[href*=\'/trip/\']" }}'
        wanted = {picture.path.name: picture.digest for picture in pictures}
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
