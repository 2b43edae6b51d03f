"""Content management on Python: Mezzanine's galleries and blog."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import make
from tests.real.real_programs import free_port, need_python, run, started

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

ROBOTS = 'robots = "ignore"\nrobots_reason = "a site of our own"'
MEZZANINE_LOAD = """
import io, os, pathlib, shutil, zipfile
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "site1.settings"
django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from mezzanine.blog.models import BlogPost
from mezzanine.galleries.models import Gallery
files = sorted(pathlib.Path("PICTURES").iterdir())
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as archive:
    for file in files[:3]: archive.write(file, file.name)
Gallery(title="Summer", zip_import=ContentFile(packed.getvalue(), "a.zip")).save()
folder = pathlib.Path(settings.MEDIA_ROOT) / "uploads" / "blog"
folder.mkdir(parents=True)
for file in files[3:]: shutil.copy(file, folder)
ann = get_user_model().objects.create_user("ann")
body = f'<p><img src="/media/uploads/blog/{files[3].name}" width="300"></p>'
BlogPost(title="Trip", content=body, featured_image=f"uploads/blog/{files[4].name}", user=ann, status=2).save()
"""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        pytest.param('url = "URL/summer/"', slice(0, 3), id="gallery"),
        pytest.param('url = "URL/blog/"\nfollow = { links = "a[href*=trip]" }', slice(3, 5), id="blog"),
    ],
)
async def test_mezzanine(place: Path, tmp_path: Path, address: str, shown: slice) -> None:
    """A post's featured picture is shown made smaller only, in a folder that bears the original's name."""
    programs = need_python("mezzanine", "mezzanine==6.1.1", "setuptools<80")
    pictures = make(tmp_path / "pictures", 5)
    site = tmp_path / "site1"
    run(programs / "mezzanine-project", "site1", cwd=tmp_path)
    with (site / "site1" / "settings.py").open("a") as settings:
        settings.write("\nBLOG_USE_FEATURED_IMAGE = True\n")
    quiet = {"PYTHONWARNINGS": "ignore"}
    manage = (programs / "python", site / "manage.py")
    run(*manage, "createdb", "--noinput", cwd=site, env=quiet)
    (site / "load.py").write_text(MEZZANINE_LOAD.replace("PICTURES", str(tmp_path / "pictures")))
    run(programs / "python", "load.py", cwd=site, env=quiet)
    port = free_port()
    server = [*manage, "runserver", f"127.0.0.1:{port}", "--noreload"]
    log = tmp_path / "server.log"
    with started(server, log=log, port=port, cwd=site, env=quiet):
        wanted = {picture.path.name: picture.digest for picture in pictures[shown]}
        # A project as it is made keeps programs out by robots.txt, until it is switched to serve the public.
        watch = f'kind = "page"\n{address.replace("URL", f"http://127.0.0.1:{port}")}\n{ROBOTS}'
        seen = await look(tmp_path / "monitor", watch, pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures[shown]) == {picture.name for picture in pictures[shown]}, seen.told
    assert ".thumbnails" not in log.read_text() or shown.start == 0, seen.told
    if shown.start:
        assert {s.place.account for s in seen.sightings} == {"ann"}
