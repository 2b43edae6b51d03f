"""A core over a real store and a real vault in which pictures lie: generated ones, sealed as the program seals them."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from PIL import Image

from monitor.app import App
from monitor.model.capture import Capture, CaptureCause, CaptureState
from monitor.model.evidence import EvidenceItem, EvidenceKind
from monitor.model.ids import DEFAULT_CASE, CaptureId, SightingId, new_id
from monitor.model.settings import DatabaseSettings, EvidenceSettings, Secret, Settings
from monitor.ports import Reader
from monitor.review.local import LocalCore
from monitor.vault import passphrase
from monitor.vault.age import AgeVault
from monitor.vault.identity import identity_file, new_identity
from tests.fakes import InlineReader
from tests.review.asking import NOW
from tests.store.store_values import a_sighting
from tests.stores import a_store, when_the_test_ends

WORDS = Secret("four random words")
CASE = DEFAULT_CASE
RED = (200, 20, 20)


class AppOverStore(App):
    """Reads pictures in this process: what confines readers has tests of its own."""

    @cached_property
    def reader(self) -> Reader:
        return InlineReader()


@dataclass
class PicturesKept:
    """image, screenshot, page: of find 1; own: an image that the person added. find: its id."""

    app: App
    identity: Path
    find: str = ""
    image: str = ""
    screenshot: str = ""
    page: str = ""
    own: str = ""
    now: list[datetime] = field(default_factory=lambda: [NOW])

    @cached_property
    def core(self) -> LocalCore:
        return LocalCore(self.app)

    def sealed(self, item: str) -> Path:
        found = self.app.store.evidence.get(CASE, item)
        assert found is not None
        return self.app.settings.vault_dir / found.file.path

    def views(self) -> list[str]:
        """What the custody log says of looks."""
        return [entry.details for entry in self.app.store.custody.all(CASE) if entry.act == "view"]


def pictures_kept(*, words: bool = True, finds: int = 1, keeps: bool = True) -> PicturesKept:
    """words: the identity is under a passphrase. keeps: evidence has a recipient."""
    store = a_store()
    folder = Path(tempfile.mkdtemp(prefix="pictures-"))
    when_the_test_ends(lambda: shutil.rmtree(folder, ignore_errors=True))
    identity, recipient = new_identity()
    path = folder / ("identity.age" if words else "identity.txt")
    path.write_bytes(_under_words(identity) if words else identity_file(identity))
    settings = replace(_settings(folder), evidence=EvidenceSettings(recipients=(recipient,) if keeps else ()))
    kept = PicturesKept(AppOverStore(settings, store, lambda: kept.now[0]), path)
    when_the_test_ends(lambda: kept.core._shows.lock_all())
    vault = AgeVault(settings.vault_dir, [recipient])
    for number in range(finds):
        _add_find(kept, vault, number)
    return kept


def _settings(folder: Path) -> Settings:
    (folder / "config.toml").touch()
    key = DatabaseSettings(key=Secret("0f" * 32))
    return Settings(path=folder / "config.toml", data_dir=folder / "data", watchlist_dir=folder, database=key)


def _under_words(identity: Secret) -> bytes:
    before, passphrase.WORK_FACTOR = passphrase.WORK_FACTOR, 4  # costs a test nothing
    try:
        return passphrase.seal_with_passphrase(identity_file(identity), WORDS)
    finally:
        passphrase.WORK_FACTOR = before


def _add_find(kept: PicturesKept, vault: AgeVault, number: int) -> None:
    store, find, capture = kept.app.store, a_sighting(number), CaptureId(new_id(NOW))
    store.sightings.save(find)
    url = find.place.page_url
    state = CaptureState.WHOLE
    store.captures.save(Capture(capture, CASE, url, state, CaptureCause.SEEN, NOW, NOW, sightings=(find.id,)))
    made = {}
    for name, kind, media_type, content, whose in (
        ("page", EvidenceKind.PAGE, "text/html", b"<script>alert(1)</script>", SightingId("")),
        ("image", EvidenceKind.IMAGE, "image/jpeg", picture("JPEG", 60, 40), find.id),
        ("screenshot", EvidenceKind.SCREENSHOT, "image/png", picture("PNG", 30, 2050), find.id),
        ("own", EvidenceKind.OWN, "image/png", picture("PNG", 50, 50), SightingId("")),
    ):
        file = vault.seal(new_id(NOW), content)
        item = EvidenceItem(
            new_id(NOW), CASE, whose, kind, NOW, media_type, file, CaptureId("") if name == "own" else capture
        )
        store.evidence.save(item)
        made[name] = item.id
    if not kept.find:
        kept.find = find.id
        kept.image, kept.screenshot, kept.page, kept.own = (
            made[name] for name in ("image", "screenshot", "page", "own")
        )


@cache
def picture(name: str, width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), RED).save(written, name)
    return written.getvalue()


def core_of(**ways: object) -> Callable[[], LocalCore]:
    return lambda: pictures_kept(**ways).core  # type: ignore[arg-type]
