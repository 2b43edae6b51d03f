"""A small Django project around a reusable application from PyPI, as its documentation tells to make one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.real.real_programs import free_port, run, started

MEDIA = """
from django.urls import include, path, re_path
from django.views.static import serve
from django.conf import settings
media = re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
"""
COMMON = """
ALLOWED_HOSTS = ["*"]
MEDIA_ROOT, MEDIA_URL, STATIC_ROOT = BASE_DIR / "media", "/media/", BASE_DIR / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""


@contextlib.contextmanager
def project(programs: Path, place: Path, *, settings: str, urls: str, load: str = "") -> Iterator[str]:
    """Made in `place`, migrated, filled by `load` (run in its shell), served until the block ends. Its address."""
    place.mkdir()
    quiet = {"PYTHONWARNINGS": "ignore"}
    run(programs / "django-admin", "startproject", "site1", place)
    with (place / "site1" / "settings.py").open("a") as file:
        file.write(COMMON + settings)
    (place / "site1" / "urls.py").write_text(MEDIA + urls)
    manage = (programs / "python", place / "manage.py")
    run(*manage, "migrate", "-v", "0", cwd=place, env=quiet)
    run(*manage, "shell", cwd=place, env=quiet, text=load)
    port = free_port()
    server = [*manage, "runserver", f"127.0.0.1:{port}", "--noreload"]
    with started(server, log=place / "server.log", port=port, cwd=place, env=quiet):
        yield f"http://127.0.0.1:{port}"
