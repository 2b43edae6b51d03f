"""The whole job, once, through the real program; everything else here reads what it left. It takes most of a minute:
`make demo` does the same job and fails where what is in reach is not found."""

import asyncio
import email
import email.policy
import json
import stat
from pathlib import Path

import pyrage
import pytest

from monitor import config
from monitor.app import open_app
from monitor.demo.edits import Edit
from monitor.demo.plan import PLAN, Planted, Spot
from monitor.demo.run import run_demo
from monitor.demo.summary import DemoSummary, summary_text
from monitor.model.alert import Delivery
from monitor.model.match import Tier
from monitor.outbound.browser import chromium
from tests.stores import every_alert

pytestmark = pytest.mark.long

HAS_BROWSER = chromium.find_chromium("") is not None

NOT_BY_HASHES = [
    Planted("bison", Edit.CAPTIONED, Spot.FORUM),
    Planted("crab", Edit.CROPPED, Spot.FORUM),
    Planted("red_panda", Edit.SCREENSHOT, Spot.FORUM),
    Planted("kingfisher", Edit.CROPPED, Spot.GALLERY),
    Planted("pont_du_gard", Edit.CAPTIONED, Spot.GALLERY),
    Planted("moose", Edit.SCREENSHOT, Spot.SCRIPTED),
    Planted("lemur", Edit.CAPTIONED, Spot.FEED),
    Planted("koala", Edit.SCREENSHOT, Spot.SEARCH),
    Planted("colosseum", Edit.CROPPED, Spot.SEARCH),
]
BY_HASHES = [
    Planted("moose", Edit.UNTOUCHED, Spot.FORUM),
    Planted("cat", Edit.REENCODED, Spot.FORUM),
    Planted("hedgehog", Edit.MIRRORED, Spot.FORUM),
    Planted("owl", Edit.TURNED_90, Spot.FORUM),
    Planted("koala", Edit.RESIZED, Spot.GALLERY),
    Planted("lemur", Edit.REENCODED, Spot.GALLERY),
    Planted("scarlet_macaw", Edit.TURNED_180, Spot.GALLERY),
    Planted("petra", Edit.MIRRORED, Spot.GALLERY),
    Planted("colosseum", Edit.RECOLOURED, Spot.GALLERY),
    Planted("hedgehog", Edit.GREYED, Spot.FEED),
    Planted("owl", Edit.REENCODED, Spot.FEED),
    Planted("bison", Edit.MIRRORED, Spot.FEED),
    Planted("red_panda", Edit.RESIZED, Spot.SEARCH),
    Planted("canyon_de_chelly", Edit.UNTOUCHED, Spot.SEARCH),
    Planted("petra", Edit.TURNED_270, Spot.SEARCH),
    Planted("scarlet_macaw", Edit.RECOLOURED, Spot.SEARCH),
    Planted("kingfisher", Edit.CONVERTED, Spot.SEARCH),
]
BY_HASHES_WITH_BROWSER = [
    Planted("cat", Edit.RESIZED, Spot.SCRIPTED),
    Planted("neuschwanstein_castle", Edit.TURNED_270, Spot.SCRIPTED),
    Planted("crab", Edit.CONVERTED, Spot.SCRIPTED),
]


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    shown: list[str] = []
    told: list[tuple[str, float]] = []
    done = asyncio.run(
        run_demo(
            tmp_path_factory.mktemp("demo") / "out",
            progress=lambda text, share: told.append((text, share)),
            show=lambda summary: shown.append(summary_text(summary)),
        )
    )
    assert len(shown) == 1
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[-1] == 1.0
    return done


def by_name(planted: list[Planted]) -> list[str]:
    return sorted(map(repr, planted))


def test_exactly_what_is_in_reach_is_found_and_nothing_else(summary: DemoSummary) -> None:
    in_scripts = [*BY_HASHES_WITH_BROWSER, *(p for p in NOT_BY_HASHES if p.place is Spot.SCRIPTED)]
    elsewhere = BY_HASHES + [p for p in NOT_BY_HASHES if p.place is not Spot.SCRIPTED]
    found = elsewhere + (in_scripts if HAS_BROWSER else [])
    missed = [] if HAS_BROWSER else in_scripts
    assert by_name(list(summary.comparison.found)) == by_name(found)
    assert by_name([item.planted for item in summary.comparison.missed]) == by_name(missed)
    assert by_name(found + missed) == by_name(list(PLAN))
    assert summary.comparison.wrong == ()
    assert all(item.reason and not item.in_reach for item in summary.comparison.missed)
    assert summary.as_promised


def test_a_second_run_is_silent_and_fetches_no_unchanged_picture(summary: DemoSummary) -> None:
    assert [run.watch for run in summary.second] == [run.watch for run in summary.first] == [p.value for p in Spot]
    assert [run.new_sightings for run in summary.second] == [0] * 5
    assert [run.new_images for run in summary.second] == [0] * 5
    assert summary.alerts_second == 0
    assert summary.refetched == 0


def test_what_it_leaves_is_for_this_user_only(summary: DemoSummary) -> None:
    files = [path for path in summary.folder.rglob("*") if path.is_file() and path.name != "made-by-demo.txt"]
    assert {path.name for path in summary.folder.iterdir()} >= {
        "config.toml", "identity.txt", "data", "drafts", "alerts", "watchlists"
    }  # fmt: skip
    assert [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_alerts_came_by_mail_and_by_push_and_say_nothing(summary: DemoSummary) -> None:
    kinds = {suffix: [p for p in summary.alerts if p.suffix == suffix] for suffix in (".eml", ".json")}
    assert kinds[".eml"] and kinds[".json"]
    texts = [json.loads(path.read_bytes())["message"] for path in kinds[".json"]]
    ids = set()
    for path in kinds[".eml"]:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert mail.get_all("Message-ID") and len(mail.get_all("Message-ID") or []) == 1
        ids.add(mail["Message-ID"])
        texts.append(path.read_text() + mail["Subject"])
    assert len(ids) == len(kinds[".eml"])
    for text in texts:
        assert not any(word in text.lower() for word in ("127.0.0.2", "moose", "forum", "avery", "intimate", "image"))


def test_every_other_command_can_be_tried_on_it(summary: DemoSummary) -> None:
    with open_app(config.load(summary.config, environ={})) as app:
        sightings = app.store.sightings.all("default")
        alerts = every_alert(app.store, "default")
    assert {sighting.match.label for sighting in sightings} == {planted.photo for planted in summary.comparison.found}
    assert all(sighting.match.tier is Tier.MATCH for sighting in sightings)
    assert all(alert.delivery is Delivery.SENT for alert in alerts)
    assert {seen for alert in alerts for seen in alert.sightings} == {sighting.id for sighting in sightings}


def test_the_demo_key_opens_the_vault_and_the_vault_holds_what_was_seen(summary: DemoSummary) -> None:
    identity = pyrage.x25519.Identity.from_str((summary.folder / "identity.txt").read_text().splitlines()[-1])
    sealed = list((summary.folder / "data" / "vault").rglob("*.age"))
    opened = [pyrage.decrypt(path.read_bytes(), [identity]) for path in sealed]
    assert any(plain.startswith(b"\xff\xd8\xff") for plain in opened)
    assert any(b"/threads/evening-walks" in plain for plain in opened)


def test_drafts_of_both_routes_for_each_site(summary: DemoSummary) -> None:
    names = [path.name for path in summary.drafts]
    sites = len({planted.place for planted in summary.comparison.found})
    assert sum("us_tida" in name for name in names) == sum("platform" in name for name in names) == sites


def test_no_byte_run_of_an_enrolled_photo_is_kept_in_clear(summary: DemoSummary) -> None:
    from monitor.demo.plan import ENROLLED

    kept = b"".join(path.read_bytes() for path in Path(summary.folder / "data").rglob("*") if path.is_file())
    for photo in ENROLLED.glob("*.jpg"):
        middle = photo.stat().st_size // 2
        assert photo.read_bytes()[middle : middle + 64] not in kept
