"""The shipped channel data, and the folder that overrides it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import ConfigError, UsageError
from monitor.takedown.channel import (
    Channel,
    ChannelKind,
    ChannelMethod,
    Confidence,
    Field,
    FieldKind,
    OfferedAs,
    PassesOn,
    UploaderMaySee,
    is_email,
    is_offered,
    is_plain_https,
)
from monitor.takedown.channel_files import load_channels
from monitor.takedown.clocks import Deadline
from monitor.takedown.fields import Asks
from monitor.takedown.regimes import regimes

SHIPPED = load_channels()
FACTS_OF = date(2026, 11, 28)
BY_KIND = {  # as the facts of 2026-11-28 count them, and the two for sites without a channel of their own
    ChannelKind.PLATFORM: 67 + 2,
    ChannelKind.SEARCH: 11,
    ChannelKind.HOST: 15,
    ChannelKind.CDN: 5,
    ChannelKind.REGISTRAR: 8,
    ChannelKind.HASH_SERVICE: 4,
    ChannelKind.REGULATOR: 10,
    ChannelKind.POLICE: 5,
    ChannelKind.HELPLINE: 20,
}


def test_every_channel_of_the_facts_is_there_once() -> None:
    ids = [channel.id for channel in SHIPPED.channels]
    assert len(ids) == len(set(ids)) == 147
    counts = {kind: sum(channel.kind is kind for channel in SHIPPED.channels) for kind in ChannelKind}
    assert counts == BY_KIND


@pytest.mark.parametrize("channel", SHIPPED.channels, ids=lambda channel: channel.id)
def test_shipped_channel(channel: Channel) -> None:
    for basis in channel.legal_basis:
        SHIPPED.basis(basis)
    if channel.deadline is not None:
        given = [SHIPPED.basis(basis).deadline for basis in channel.legal_basis]
        assert channel.deadline in given, "a deadline comes from a law"
    if channel.confidence is Confidence.VERIFIED:
        authority = channel.kind in (ChannelKind.REGULATOR, ChannelKind.POLICE, ChannelKind.HELPLINE)
        assert channel.evidence in (
            "primary",
            "dated_capture",
            "mirror",
            *(["secondary_multiple"] if authority else []),
        )
        assert channel.source_copy_date
    if channel.copied_on is not None:
        assert channel.copied_on <= FACTS_OF
    if channel.evidence == "none":
        assert not channel.url and not channel.email and not channel.phone


# What circulates in lists and guides and could not be confirmed, or must not be used for this.
@pytest.mark.parametrize(
    "wrong",
    [
        "legal@tiktok.com",
        "copyright@tiktok.com",
        "privacy_dpo_eu@tiktok.com",
        "dpo@pornhub.com",
        "dsa@",
        "dsacomplianceofficer@",
        "support@pornhub.com",
        "abuse@xvideos.com",
        "dmca@onlyfans.com",
        "support@onlyfans.com",
        "onlyfans.com/dmca",
        "moderation@blueskyweb.xyz",
        "abuse@amazonaws.com",
        "abuse@digitalocean.com",
        "stopCA@",
        "dmca@telegram.org",
        "15 U.S.C. 6851",
    ],
)
def test_known_wrong_addresses_are_nowhere(wrong: str) -> None:
    package = Path(__file__).parents[2] / "monitor"
    for folder in ("takedown", "guide"):
        for path in (package / folder).rglob("*"):
            if path.suffix in (".toml", ".j2", ".md", ".py"):
                assert wrong.lower() not in path.read_text("utf-8").lower(), path


def test_an_address_that_is_not_known_stays_unknown() -> None:
    for channel in (
        "meta_messages",
        "onlyfans",
        "linkedin",
        "mastodon",
        "duckduckgo",
        "catbox",
        "njalla",
        "ddos_guard",
    ):
        assert SHIPPED.get(channel).url == SHIPPED.get(channel).email == ""


@pytest.mark.parametrize(
    ("basis", "deadline"),
    [
        ("us_tida", Deadline(hours=48)),
        ("uk_osa_20a", Deadline(hours=48)),
        ("au_osa_77", Deadline(hours=24)),
        ("in_it_rules_3_2_b", Deadline(hours=2)),
        ("eu_gdpr_17", Deadline(months=1)),
        ("eu_dsa_16", None),
        ("us_dmca", None),
        ("ca_bc_iipa", None),
    ],
)
def test_time_that_a_law_gives(basis: str, deadline: Deadline | None) -> None:
    assert SHIPPED.basis(basis).deadline == deadline


def test_regimes_name_known_things() -> None:
    for regime in regimes():
        if regime.legal_basis:
            SHIPPED.basis(regime.legal_basis)
        if regime.then:
            assert SHIPPED.get(regime.then).url
        for channel in regime.of_channels:
            assert SHIPPED.get(channel).kind in regime.channel_kinds


@pytest.mark.parametrize(
    ("copied", "day", "stale"),
    [
        pytest.param("2026-08-22", date(2026, 8, 22), False, id="a day"),
        pytest.param("2026-05-26", date(2026, 5, 26), False, id="180 days"),
        pytest.param("2026-05-25", date(2026, 5, 25), True, id="181 days"),
        pytest.param("2026 (undated copy, after 2026-05)", date(2026, 1, 1), True, id="a year: its first day"),
        pytest.param("undated", None, True, id="undated"),
        pytest.param("", None, True, id="nothing"),
        pytest.param(
            "undated (FAQ); exchange code 2026-10-22", None, True, id="what was read has none, another thing has"
        ),
        pytest.param("snapshot 2026-08-22", date(2026, 8, 22), False, id="a word before"),
    ],
)
def test_age_of_a_copy(copied: str, day: date | None, stale: bool) -> None:
    found = channel(source_copy_date=copied)
    assert found.copied_on == day
    assert found.is_stale(date(2026, 11, 22)) is stale


def channel(**given: Any) -> Channel:
    """A channel that nothing is known of, but what is given."""
    values: dict[str, Any] = {
        "id": "x_y",
        "name": "X",
        "kind": ChannelKind.PLATFORM,
        "category": "c",
        "jurisdictions": ("GLOBAL",),
        "source": "s",
        "confidence": Confidence.VERIFIED,
        "evidence": "primary",
    }
    return Channel(**values | given)


READ, HEARD = Confidence.VERIFIED, Confidence.UNVERIFIED
FORM = "https://forum.example/abuse"


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        pytest.param({"url": FORM}, OfferedAs.SEND_HERE, id="read there"),
        pytest.param({"url": FORM, "source_copy_date": "2020-01-01"}, OfferedAs.SEND_HERE, id="old: told beside it"),
        pytest.param({"url": FORM, "source_copy_date": "2026-11-30"}, OfferedAs.CHECK_FIRST, id="dated tomorrow"),
        pytest.param({"url": FORM, "confidence": HEARD}, OfferedAs.CHECK_FIRST, id="heard of"),
        pytest.param({"email": "a@b.example", "email_confidence": READ}, OfferedAs.SEND_HERE, id="a mailbox, read"),
        pytest.param(
            {"email": "a@b.example", "email_confidence": HEARD}, OfferedAs.CHECK_FIRST, id="a mailbox, heard of"
        ),
        pytest.param({}, OfferedAs.OWN_LINK, id="no address"),
        pytest.param({"method": ChannelMethod.LOOKUP, "url": FORM}, OfferedAs.OWN_LINK, id="a lookup is no desk"),
    ],
)
def test_what_an_address_is_offered_as(given: dict[str, Any], offered: OfferedAs) -> None:
    assert is_offered(channel(**given), date(2026, 11, 29)) is offered


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org/", False),
        ("https://", False),
        ("https://user@example.org/", False),
        ("https://example.org:8443/", False),
        ("https://example.org/\u202e", False),
        ("https://example.org/ a", False),
        ("javascript:alert(1)", False),
        ("https://[::1", False),
    ],
)
def test_plain_https(url: str, good: bool) -> None:
    assert is_plain_https(url) is good


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("a.b+c@example.org", True),
        ("a@b", False),
        ("a b@example.org", False),
        ("a@example..org", False),
        ("a@example.org\nBcc: x@example.org", False),
        ("@example.org", False),
        ("a@@example.org", False),
        ("", False),
        ("a" * 250 + "@example.org", False),
    ],
)
def test_email(address: str, good: bool) -> None:
    assert is_email(address) is good


NEW = """
[[channel]]
id = "my_forum"
name = "My forum"
kind = "platform"
hosts = ["forum.example"]
category = "abuse"
jurisdictions = ["GLOBAL"]
url = "https://forum.example/abuse"
source = "looked myself"
source_copy_date = "2026-11-20"
confidence = "verified"
evidence = "own_check"
"""


def test_override_adds_and_changes(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(NEW)
    (tmp_path / "b.toml").write_text(
        '[[channel]]\nid = "onlyfans"\nurl = "https://help.example/ncii"\nsource = "their help page"\n'
        'source_copy_date = "2026-11-21"\nconfidence = "verified"\nuploader_may_see = "no"\n'
    )
    (tmp_path / "notes.txt").write_text("not a channel")
    channels = load_channels(tmp_path)
    assert channels.get("my_forum").url == "https://forum.example/abuse"
    changed = channels.get("onlyfans")
    assert (changed.url, changed.uploader_may_see) == ("https://help.example/ncii", UploaderMaySee.NO)
    assert changed.name == SHIPPED.get("onlyfans").name, "what is not given stays"
    assert load_channels().get("onlyfans").url == "", "the shipped data is untouched"
    assert load_channels(tmp_path / "absent") == SHIPPED


SCHEMA = (
    NEW
    + """
switches = { owner = "none" }
[[channel.field]]
label = "Links"
answers = "urls"
kind = "urls"
verified = true
limit = 5
[[channel.field]]
label = "Whom to tell"
answers = "fixed"
kind = "choice"
value = "nobody"
required = false
[[channel.passes_on]]
what = "everything"
to = "the uploader"
source = "its terms"
"""
)


def test_what_a_form_asks_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SCHEMA)
    found = load_channels(tmp_path).get("my_forum")
    assert found.fields == (
        Field(label="Links", answers=Asks.URLS, kind=FieldKind.URLS, verified=True, limit=5),
        Field(label="Whom to tell", answers=Asks.FIXED, kind=FieldKind.CHOICE, value="nobody", required=False),
    )
    assert found.switches == (("owner", "none"),)
    assert found.passes_on == (PassesOn(what="everything", to="the uploader", source="its terms"),)
    assert found.asks(Asks.URLS) and not found.asks(Asks.NAME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(SCHEMA.replace('"fixed"', '"anything"'), "'answers'", id="a field that nothing answers"),
        pytest.param(SCHEMA.replace('value = "nobody"', ""), "has none", id="a field without the value it is fixed to"),
        pytest.param(SCHEMA.replace('kind = "choice"', ""), "choice or a tick", id="a text with a value"),
        pytest.param(SCHEMA.replace("limit = 5", "limit = 0"), "at least 1", id="a list of no addresses"),
        pytest.param(SCHEMA.replace('label = "Links"\n', ""), "lacks label", id="a field without a name"),
        pytest.param(SCHEMA.replace('source = "its terms"', ""), "lacks source", id="passed on, says who?"),
        pytest.param(NEW + 'field = ["urls"]\n', "not a list of tables", id="fields that are words"),
        pytest.param(NEW + "switches = ['none']\n", "not a table of names", id="switches that are a list"),
        pytest.param(NEW + "required_fields = ['urls']\n", "unknown key 'required_fields'", id="as it was before"),
        pytest.param(NEW + 'lookup = "TXT"\n', "method is lookup", id="a lookup at a desk"),
        pytest.param("[[channel]\n", "bad.toml", id="no TOML"),
        pytest.param("[channel]\nid = 'a'\n", "unexpected 'channel'", id="one table instead of many"),
        pytest.param("[[legal_basis]]\nid = 'a'\n", "unexpected 'legal_basis'", id="laws are not overridden"),
        pytest.param("[[channel]]\nid = 'meta'\nurls = 'x'\n", "unknown key 'urls'", id="unknown key"),
        pytest.param("[[channel]]\nid = 'mine'\nname = 'x'\n", "lacks kind", id="incomplete"),
        pytest.param(NEW.replace("https://forum", "http://forum"), "not a plain https", id="not https"),
        pytest.param(NEW.replace('"platform"', '"forum"'), "'kind'", id="unknown kind"),
        pytest.param(NEW + 'legal_basis = ["us_law"]\n', "'us_law'", id="unknown law"),
        pytest.param(NEW + 'email = "a@b.example"\n', "without email_confidence", id="mail without confidence"),
        pytest.param(
            NEW.replace('"my_forum"', '"imgur"') + 'email = "a@b.example"\n',
            "changes an address without email_confidence",
            id="a new mailbox is not as sure as the old one",
        ),
        pytest.param(
            NEW.replace('"2026-11-20"', '""'),
            "gives an address without source_copy_date",
            id="an address without a day",
        ),
        *(
            pytest.param(
                NEW.replace('"2026-11-20"', f'"{day}"'), f"{day!r} is no day", id=f"a day that cannot be: {day}"
            )
            for day in ("yesterday", "2999-01-01", "0001-01-01", "2026-13-01", "2026-02-30", "2026-11-311", "22026")
        ),
        pytest.param(
            NEW.replace('"2026-11-20"', '" "'), "gives an address without source_copy_date", id="a blank for a day"
        ),
        pytest.param(
            "[[channel]]\nid = 'meta'\nurl = 'https://a.example/'\nsource = ' '\nsource_copy_date = '\u00a0'\n"
            "confidence = 'verified'\n",
            "changes an address without source, source_copy_date",
            id="blanks for a source",
        ),
        pytest.param(
            "[[channel]]\nid = 'meta'\nsource_copy_date = 'soon'\n", "'soon' is no day", id="a wrong day alone"
        ),
        pytest.param(NEW + NEW, "'my_forum' has two [[channel]] tables", id="one channel twice"),
        pytest.param(
            "[[channel]]\nid = 'meta'\nalso = [{ url = 'https://a.example/', what = 'x' }]\n",
            "without source, source_copy_date, confidence",
            id="a further address without its source",
        ),
        pytest.param(
            NEW + "also = [{ url = 'http://a.example/', what = 'x' }]\n", "plain https", id="a further one in clear"
        ),
        pytest.param(NEW + 'deadline = "2 days"\n', "'deadline'", id="odd deadline"),
        pytest.param(NEW + 'notes = "a\\nb"\n', "line breaks", id="line break"),
        pytest.param(NEW + "urls_max = true\n", "'urls_max'", id="a truth value for a number"),
        pytest.param(
            "[[channel]]\nid = 'meta'\nurl = 'https://a.example/'\n",
            "without source, source_copy_date, confidence",
            id="an address without its source",
        ),
    ],
)
def test_bad_override_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        load_channels(tmp_path)
    assert "bad.toml" in str(caught.value) and caught.value.file == str(tmp_path / "bad.toml")
    assert caught.value.remedy


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11", "2026", "undated", "snapshot 2026-11-20", "2026 (undated)"])
def test_a_day_as_it_may_be_written(tmp_path: Path, day: str) -> None:
    (tmp_path / "a.toml").write_text(NEW.replace("2026-11-20", day))
    assert load_channels(tmp_path).get("my_forum").source_copy_date == day


def test_two_files_may_say_something_of_one_channel(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(NEW)
    (tmp_path / "b.toml").write_text("[[channel]]\nid = 'my_forum'\nnotes = 'later'\n")
    assert load_channels(tmp_path).get("my_forum").notes == "later"


def test_fields_by_the_name_that_code_has_are_told_by_theirs(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(NEW + "fields = ['urls']\n")
    with pytest.raises(ConfigError, match="unknown key 'fields'") as caught:
        load_channels(tmp_path)
    assert "[[channel.field]]" in caught.value.remedy


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_channels(tmp_path)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        pytest.param("yotube", "'youtube'", id="a slip"),
        pytest.param("ftc", "'ftc_tida'", id="its first part"),
        pytest.param("FTC", "'ftc_tida'", id="capitals"),
        pytest.param("dsc", "'eu_dsc'", id="its last part"),
        pytest.param("ofcom.org.uk", "'ofcom'", id="more than the id"),
        pytest.param("tinder", "'match_group'", id="a word of its name"),
        pytest.param("google-search", "'google_search'", id="another sign"),
        pytest.param("zzzzzz", "reports channels", id="nothing like it"),
        pytest.param("", "reports channels", id="nothing"),
    ],
)
def test_unknown_id_names_the_nearest(written: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        SHIPPED.get(written)
    assert named in caught.value.remedy
