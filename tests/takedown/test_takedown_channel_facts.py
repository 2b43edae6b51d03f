"""What the channel data has to say, read from the facts of 2026-11-28 and not from the data itself."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ConfigError
from monitor.takedown.channel import (
    Channel,
    ChannelKind,
    ChannelMethod,
    Confidence,
    FieldKind,
    OfferedAs,
    UploaderMaySee,
    is_offered,
)
from monitor.takedown.channel_files import load_channels
from monitor.takedown.fields import Asks
from tests.takedown.test_takedown_channels import FACTS_OF

SHIPPED = load_channels()
EVERY = {channel.id: channel for channel in SHIPPED.channels}


@pytest.mark.parametrize(
    ("name", "url", "copied"),
    [
        ("stripchat", "https://stripchat.com/report", "2026-08-21"),
        ("bluesky", "https://support.bsky.social/about/support/tida-info", "2026 (undated copy, after 2026-05)"),
        ("yandex", "https://yandex.com/support/abuse/troubleshooting/deepfake.html", "undated"),
        ("ovh", "https://www.ovhcloud.com/fr-tn/abuse/", "undated"),
        ("hetzner", "https://abuse.hetzner.com/", "undated"),
        ("eu_dsc", "https://digital-strategy.ec.europa.eu/en/policies/dsa-dscs", "2026-09-25"),
        ("eu_ods", "https://digital-strategy.ec.europa.eu/en/policies/dsa-out-court-dispute-settlement", "2026-08-07"),
        ("in_ncrp", "https://cybercrime.gov.in", "2026-09-11"),
        ("pinterest", "https://help.pinterest.com/report-ncii", "2026-07-30"),
        (
            "ofcom",
            "https://www.ofcom.org.uk/make-a-complaint/complain-about-a-video-sharing-platform-vsp/sites-and-apps/harmful-content",
            "2023-11-07",
        ),
        (
            "bc_crt",
            "https://www2.gov.bc.ca/gov/content/safety/public-safety/intimate-images/image-removal-reporting",
            "2024-09-18",
        ),
        (
            "netsafe",
            "https://report.netsafe.org.nz/hc/en-au/requests/new?ticket_form_id=551107974273",
            "2026-06-24",
        ),
    ],
)
def test_an_address_and_the_day_of_its_own_text(name: str, url: str, copied: str) -> None:
    assert (EVERY[name].url, EVERY[name].source_copy_date) == (url, copied)
    assert EVERY[name].address_is_checked


@pytest.mark.parametrize(("name", "copied"), [("onlyfans", "2022-09-02"), ("linkedin", "2026-08-02")])
def test_a_rule_without_an_address_keeps_the_day_of_its_text(name: str, copied: str) -> None:
    assert (EVERY[name].url, EVERY[name].source_copy_date) == ("", copied)


def test_no_copy_is_dated_with_the_last_day_of_the_archive_that_holds_it() -> None:
    last_day = "2026-08-22"
    assert [name for name, channel in EVERY.items() if last_day in channel.source_copy_date] == ["youtube"]
    assert "youtube" in EVERY, "whose text did change on that day"


@pytest.mark.parametrize(
    ("name", "phone"),
    [("kr_center", "1366"), ("in_ncrp", "1930"), ("netsafe", "0508 638 723"), ("hateaid", "+49 30 252 088 38")],
)
def test_a_number_that_was_read(name: str, phone: str) -> None:
    assert (EVERY[name].phone, EVERY[name].phone_confidence) == (phone, Confidence.VERIFIED)


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("hetzner", "customer"),
        ("ovh", "customer"),
        ("linode", "customer"),
        ("leaseweb", "customer"),
        ("contabo", "customer"),
        ("bunny_cdn", "customer"),
        ("fastly", "customer"),
        ("namecheap", "customer"),
        ("vimeo", "uploader"),
        ("xvideos", "uploader"),
        ("xnxx", "uploader"),
        ("google_products", "other person"),
        ("mastodon", "admin"),
        ("cloudflare_ncsei", "Lumen"),
        ("cloudflare_dmca", "Lumen"),
    ],
)
def test_what_is_passed_on_is_said_with_its_source(name: str, to: str) -> None:
    assert any(to in passed.to for passed in EVERY[name].passes_on)
    assert all(passed.source for passed in EVERY[name].passes_on)


@pytest.mark.parametrize("name", ["hetzner", "ovh", "linode", "leaseweb", "contabo", "bunny_cdn", "namecheap", "vimeo"])
def test_the_other_side_may_read_it_by_their_own_words(name: str) -> None:
    assert EVERY[name].uploader_may_see is UploaderMaySee.YES


def test_of_a_host_a_cdn_and_a_registrar_it_is_always_taken_for_granted() -> None:
    for channel in EVERY.values():
        if channel.kind in (ChannelKind.HOST, ChannelKind.CDN, ChannelKind.REGISTRAR):
            assert channel.uploader_may_read, channel.id


def test_who_asks_for_the_picture() -> None:
    asking = {name for name, channel in EVERY.items() if channel.asks_for_media}
    assert asking == {"azar", "bereal", "disrupt_fr", "it_garante"}


@pytest.mark.parametrize(
    ("name", "what", "url"),
    [
        ("reddit", "without an account", "https://support.reddithelp.com/hc/requests/new?ticket_form_id="),
        ("stripchat", "European Economic Area", "https://support.stripchat.com/hc/en-us/articles/22537205709585-"),
        ("bluesky", "the UK, the EU and Australia", "https://bsky.social/about/support/regulatory-compliance-report"),
    ],
)
def test_a_second_address_of_the_same_desk(name: str, what: str, url: str) -> None:
    (further,) = EVERY[name].also
    assert what in further.what and further.url.startswith(url)


def test_laws() -> None:
    assert (
        len(SHIPPED.legal_bases) == 16 + 4
    )  # of the facts; and ours: what a desk rests on that is no law to notify by
    canada = SHIPPED.basis("ca_bc_iipa")
    assert canada.deadline is None and "contradict" in canada.caution and "do not call C-16 law" in canada.caution
    british = SHIPPED.basis("uk_osa_20a").caution
    assert "awaited" not in british and "no copy shows that it did" in british
    assert [basis.id for basis in SHIPPED.legal_bases if not basis.is_law] == ["us_defiance"]
    for name in ("ie_hhcr_2020", "br_mci_21", "jp_idpa", "mx_olimpia", "eu_dsa_16", "kr_support"):
        assert SHIPPED.basis(name).deadline is None, "no time was read there"


def test_a_bill_is_no_law(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[channel]]\nid = "reddit"\nlegal_basis = ["us_defiance"]\n')
    with pytest.raises(ConfigError, match="no law, 'us_defiance'"):
        load_channels(tmp_path)


# Third parties' guesses that the facts name in order to warn of them.
@pytest.mark.parametrize(
    "wrong",
    [
        "stopca@",
        "abuse@gofile.io",
        "support@chaturbate.com",
        "removerequest@duckduckgo",
        "ticket_form_id=149423",
        "ticket_form_id=89066",
        "onlyfans.com/contact",
        "xhamster.com/info/trust-and-safety",
        "www.ovh.com/abuse",
        'supportcenter.godaddy.com/AbuseReport"',
        "answer/17045517",
        "d4u.stop.or.kr",
    ],
)
def test_what_is_one_third_party_s_word_is_no_address_here(wrong: str) -> None:
    for channel in EVERY.values():
        for address in (channel.url, channel.email, channel.phone, *(further.url for further in channel.also)):
            assert wrong.lower() not in f'{address}"'.lower(), channel.id


@pytest.mark.parametrize("channel", EVERY.values(), ids=EVERY)
def test_every_channel_holds_together(channel: Channel) -> None:
    offered = is_offered(channel, FACTS_OF)
    if channel.method is ChannelMethod.LOOKUP:
        assert offered is OfferedAs.OWN_LINK and not channel.url and not channel.email
    if channel.confidence is Confidence.UNVERIFIED and channel.email_confidence is not Confidence.VERIFIED:
        assert offered is not OfferedAs.SEND_HERE
    if channel.method is ChannelMethod.MAIL and channel.kind is not ChannelKind.HELPLINE:
        assert channel.email_confidence is Confidence.VERIFIED or channel.id == "leaseweb", "whose page lists them"
    if channel.method is ChannelMethod.PHONE:
        assert channel.phone
    if channel.kind in (ChannelKind.HOST, ChannelKind.CDN, ChannelKind.REGISTRAR, ChannelKind.REGULATOR):
        assert channel.fields
    if channel.kind in (ChannelKind.PLATFORM, ChannelKind.SEARCH) and offered is not OfferedAs.OWN_LINK:
        assert any(channel.asks(what) for what in (Asks.URLS, Asks.PAGE_URLS, Asks.RESULT_URLS, Asks.ACCOUNT))
    if channel.method is not ChannelMethod.LOOKUP:
        assert not re.search(r"https?://|\S@\S", channel.notes), "an address stands where it is checked"
    for field in channel.fields:
        set_to = dict(channel.switches).get(field.api_name)
        assert set_to is None or field.value == set_to, "one thing, said twice alike"


CLOUDFLARE: dict[str, Any] = json.loads((Path(__file__).parent / "cloudflare_abuse_reports.json").read_text("utf-8"))
"""What Cloudflare's own Python package says its report takes. The package (7.7 MB) brings an HTTP client of its own,
for two lists of names: these were taken from its wheel, whose digest stands there."""


@pytest.mark.parametrize(("name", "act"), [("cloudflare_ncsei", "abuse_ncsei"), ("cloudflare_dmca", "abuse_dmca")])
def test_the_fields_of_cloudflare_are_those_of_its_own_types(name: str, act: str) -> None:
    theirs: dict[str, dict[str, Any]] = CLOUDFLARE["reports"][act]["fields"]
    ours = {field.api_name: field for field in EVERY[name].fields}
    wanted = {key for key, row in theirs.items() if row["required"]} - {"account_id"}  # who asks the interface
    assert {key for key, field in ours.items() if field.required} == wanted
    assert [key for key in ours if ours[key].required] == [key for key in theirs if key in wanted], "their order"
    for key, field in ours.items():
        assert key in theirs and field.verified
        assert field.limit == theirs[key].get("limit")
        if field.answers is Asks.FIXED:
            assert field.value in theirs[key]["values"]
    released = {key for key, row in theirs.items() if row.get("released")}
    assert {"name", "email", "urls"} <= released, "what Lumen may get is said before the draft is made"
    assert EVERY[name].urls_max == theirs["urls"]["limit"]


def test_where_a_report_to_cloudflare_can_be_anonymous_it_is() -> None:
    fixed = {field.api_name: field.value for field in EVERY["cloudflare_ncsei"].fields if field.value}
    assert fixed == {"act": "abuse_ncsei", "owner_notification": "none", "host_notification": "send-anon"}
    assert EVERY["cloudflare_ncsei"].same_hostname and EVERY["cloudflare_ncsei"].urls_max == 250


@pytest.mark.skipif(
    importlib.util.find_spec("cloudflare") is None,
    reason="the package cloudflare is not installed; with pip install --no-deps cloudflare this looks whether the list "
    "of its fields is still right",
)
def test_the_list_of_cloudflare_s_fields_is_that_of_the_package() -> None:
    spec = importlib.util.find_spec("cloudflare")
    assert spec is not None and spec.origin is not None
    module = Path(spec.origin).parent / "types" / "abuse_reports" / "abuse_report_create_params.py"
    kinds = {node.name: node for node in ast.parse(module.read_text("utf-8")).body if isinstance(node, ast.ClassDef)}
    for report in CLOUDFLARE["reports"].values():
        said = {
            ast.unparse(node.target): ast.unparse(node.annotation)
            for node in kinds[report["type"]].body
            if isinstance(node, ast.AnnAssign)
        }
        assert set(said) == set(report["fields"])
        for key, row in report["fields"].items():
            assert said[key].startswith("Required[") is row["required"]
            if "values" in row:
                assert [str(value) for value in re.findall(r"'([^']*)'|\b1\b", said[key])] in (row["values"], [""])


def test_what_dailymotion_asks_is_in_the_order_that_its_terms_give() -> None:
    fields = EVERY["dailymotion"].fields[:6]  # the tool; by mail they ask for the address too
    assert all(field.verified for field in fields)
    assert [field.answers for field in fields] == [
        Asks.YOURS,
        Asks.CATEGORY,
        Asks.TEXT,
        Asks.NAME,
        Asks.NAME,
        Asks.EMAIL,
    ]


def test_the_four_steps_of_google_s_form_for_fakes() -> None:
    first = EVERY["google_search_fake"].fields[:5]
    assert [(field.kind, field.verified) for field in first] == [
        (FieldKind.CHOICE, True),
        (FieldKind.CHOICE, True),
        (FieldKind.CHOICE, True),
        (FieldKind.URLS, True),
        (FieldKind.URLS, True),
    ]


def test_of_forms_that_nobody_saw_no_field_is_called_verified() -> None:
    unseen = ("meta", "x_tida", "tiktok", "reddit", "youtube", "snapchat", "pinterest", "microsoft_services", "bing")
    for name in unseen:
        assert not any(field.verified for field in EVERY[name].fields), name
    assert [field.verified for field in EVERY["discord"].fields] == [True, False, False, False, False, False]
