"""Misago (from PyPI, with the project that it ships) on a PostgreSQL of its own; posts through its API as a user."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.real.real_pictures import Picture
from tests.real.real_programs import free_port, need_debian, need_python, run, started

PACKAGES = ("postgresql",)
MISAGO = "misago==0.39.6"
PASSWORD = "a long enough word"
SETTINGS = """\
from devproject.settings import *
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "misago", "USER": "postgres",
                          "HOST": "{socket}", "PORT": {port}}}}}
MEDIA_ROOT, STATIC_ROOT = "{media}", "{static}"
CELERY_TASK_ALWAYS_EAGER = True
MISAGO_ENABLE_STOPFORUMSPAM = False
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
"""


@dataclass(slots=True)
class Misago:
    url: str
    client: httpx.Client

    def log_in(self) -> None:
        self.client.get("/")
        self._send("auth/", {"username": "poster", "password": PASSWORD})

    def _send(self, what: str, values: dict[str, object]) -> dict[str, object]:
        answer = self.client.post(f"/api/{what}", json=values, headers=self._token())
        assert answer.status_code == 200, answer.text[:3000]
        done: dict[str, object] = answer.json()
        return done

    def _token(self) -> dict[str, str]:
        return {"X-CSRFToken": self.client.cookies.get("csrftoken") or ""}

    def upload(self, picture: Picture) -> dict[str, object]:
        kind = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}[picture.path.suffix[1:]]
        upload = {"upload": (picture.path.name, picture.path.read_bytes(), kind)}
        answer = self.client.post("/api/attachments/", files=upload, headers=self._token())
        assert answer.status_code == 200, answer.text[:3000]
        done: dict[str, object] = answer.json()
        return done

    def thread(self, title: str, post: str, attachments: list[object]) -> str:
        done = self._send(
            "threads/", {"title": title, "category": 3, "post": post, "attachments": attachments, "weight": 0}
        )
        return str(done["id"])

    def reply(self, thread: str, post: str, attachments: list[object]) -> None:
        self._send(f"threads/{thread}/posts/", {"post": post, "attachments": attachments})


@contextlib.contextmanager
def misago(place: Path) -> Iterator[Misago]:
    need_debian(*PACKAGES)
    programs = need_python("misago", MISAGO)
    database = sorted(Path("/usr/lib/postgresql").iterdir())[-1] / "bin"
    data, socket = place / "postgresql", place / "socket"
    for folder in (data, socket):
        folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    run(*as_user, database / "initdb", "-D", data, "-U", "postgres", "--no-sync", "-E", "UTF8", cwd=Path("/"))
    db_port = free_port()
    options = ["-k", socket, "-p", str(db_port), "-c", "listen_addresses=", "-c", "fsync=off"]
    server = [*as_user, database / "postgres", "-D", data, *options]
    (place / "real_settings.py").write_text(
        SETTINGS.format(socket=socket, port=db_port, media=place / "media", static=place / "static")
    )
    (place / "plugins").mkdir()
    environment = {
        "DJANGO_SETTINGS_MODULE": "real_settings",
        "PYTHONPATH": str(place),
        "MISAGO_PLUGINS": str(place / "plugins"),
        "PYTHONWARNINGS": "ignore",
    }
    admin = programs / "django-admin"
    with started(server, log=place / "postgres.log", path=socket / f".s.PGSQL.{db_port}", cwd=Path("/")):
        run(
            *as_user, database / "createdb", "-h", socket, "-p", str(db_port), "-U", "postgres", "misago", cwd=Path("/")
        )
        run(admin, "migrate", "-v", "0", env=environment)
        who = ["--username", "poster", "--email", "poster@example.org", "--password", PASSWORD]
        run(admin, "createsuperuser", "--noinput", *who, env=environment)
        port = free_port()
        web = [admin, "runserver", f"127.0.0.1:{port}", "--noreload"]
        with (
            started(web, log=place / "misago.log", port=port, env=environment),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, follow_redirects=True) as client,
        ):
            site = Misago(f"http://127.0.0.1:{port}", client)
            site.log_in()
            yield site
