"""The guide: its topics, and that no address in it is made up."""

from __future__ import annotations

import re
from datetime import date

import pytest

from monitor.errors import UsageError
from monitor.guide import text, topics
from monitor.guide.desks import COUNTRIES, GuideAddress, GuideDesk, filled
from monitor.guide.steps import step_named
from monitor.services.guide_pages import FOR_MINORS, guide_page, under_18_services
from monitor.takedown.channel import Confidence
from monitor.takedown.channel_files import load_channels

TOPICS = (
    "evidence",
    "report",
    "report-where",
    "report-late",
    "accounts",
    "hash-services",
    "extortion",
    "impersonation",
    "under-18",
    "support",
    "police",
    "again",
    "program",
    "privacy",
)
TODAY = date(2026, 11, 29)
PAGES = {"overview": guide_page(None, TODAY), "under-18-services": under_18_services(TODAY)} | {
    name: guide_page(name, TODAY) for name in TOPICS
}
CHANNELS = load_channels().channels

# address -> (how sure, copy date) for every web address, mailbox and telephone number of the channel data
KNOWN = {
    address: (confidence, channel.source_copy_date)
    for channel in CHANNELS
    for address, confidence in (
        (channel.url, channel.confidence),
        (channel.email, channel.email_confidence),
        (channel.phone, channel.phone_confidence),
        *((further.url, channel.confidence) for further in channel.also),
    )
    if address
}
URL = re.compile(r"https?://[^\s,()]+")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(r"(?<![\w/.-])\+?\d[\d -]{5,}\d(?![\w/-])")
SHORT_NUMBERS = {"988", "1366", "1930"}
DATE = re.compile(r"20\d\d-\d\d-\d\d")


def items(page: str) -> list[str]:
    """List items and paragraphs, each on one line."""
    blocks: list[str] = []
    for line in page.splitlines():
        if line.startswith(("- ", "#")) or re.match(r"\d\. ", line) or not line.strip() or not blocks:
            blocks.append(line)
        elif line.startswith("  ") or (blocks[-1] and not blocks[-1].startswith(("- ", "#"))):
            blocks[-1] += " " + line.strip()
        else:
            blocks.append(line)
    return [block for block in blocks if block.strip()]


def addresses(item: str) -> list[str]:
    without_dates = re.sub(r"20\d\d-\d\d(-\d\d)?", "", item)
    rest = URL.sub("", without_dates)
    found = [url.rstrip(".") for url in URL.findall(item)] + EMAIL.findall(item)
    found += [number.strip() for number in PHONE.findall(rest)]
    return found + [number for number in re.findall(r"\b\d{3,4}\b", rest) if number in SHORT_NUMBERS]


def every_item() -> list[tuple[str, str]]:
    return [(name, item) for name, page in PAGES.items() for item in items(page)]


def test_topics_are_those_of_the_contract() -> None:
    assert topics() == TOPICS
    for topic in TOPICS:
        assert text(topic).startswith("# ")
    assert text() == text(None)


def test_unknown_topic_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no topic 'evidense'") as caught:
        text("evidense")
    assert "'evidence'" in caught.value.remedy
    with pytest.raises(UsageError) as caught:
        text("../../../etc/passwd")
    assert "The topics are" in caught.value.remedy


@pytest.mark.parametrize("page", PAGES)
def test_every_address_stands_in_the_channel_data(page: str) -> None:
    for item in items(PAGES[page]):
        for address in addresses(item):
            assert address in KNOWN, f"{address} in {item!r}"


@pytest.mark.parametrize("page", PAGES)
def test_what_was_not_checked_says_so_and_what_was_has_its_date(page: str) -> None:
    for item in items(PAGES[page]):
        for address in addresses(item):
            confidence, copied = KNOWN[address]
            if confidence is not Confidence.VERIFIED:
                assert "(not checked by us)" in item, item
                continue
            assert "(not checked by us)" not in item, item
            day = DATE.match(copied)
            if day:
                is_old = (TODAY - date.fromisoformat(day[0])).days > 180
                assert f"(copy of {day[0]}{', old' if is_old else ''})" in item, item
            elif re.match(r"20\d\d-\d\d$", copied):
                assert f"(copy of {copied}" in item, item
            elif copied.startswith("2026"):
                assert "(copy of 2026, day unknown)" in item, item
            else:
                assert "(copy without date)" in item, item


def test_no_address_is_typed_in_a_text() -> None:
    """Each is named by its desk, so that it cannot be other than the channel data have it."""
    for name in (None, *TOPICS):
        for item in items(text(name)):
            assert not addresses(item), item


@pytest.mark.parametrize("topic", ["support", "police"])
def test_every_helpline_and_police_desk_stands_there_but_those_for_minors(topic: str) -> None:
    kinds = ("helpline",) if topic == "support" else ("law_enforcement", "regulator")
    page = " ".join(PAGES[topic].split())
    for channel in CHANNELS:
        if channel.kind in kinds and (channel.url or channel.phone):
            is_told = all(address in page for address in (channel.url, channel.phone))
            assert is_told is (channel.id not in FOR_MINORS), channel.id


def test_every_country_of_a_desk_that_is_listed_has_its_name() -> None:
    listed = [one for one in CHANNELS if one.kind in ("helpline", "law_enforcement", "regulator")]
    assert {code for one in listed for code in one.jurisdictions} <= set(COUNTRIES)


def test_addresses_that_are_not_alike_sure_are_told_apart_and_stay_whole() -> None:
    both = (GuideAddress("url", "https://a.example/", True), GuideAddress("phone", "01 234 567", False))
    desk = GuideDesk("a", "Ireland: A", "helpline", ("IE",), both, "2026-01", True)
    told = "- Ireland. A: https://a.example/ (copy of 2026-01, old), 01 234 567 (not checked by us)"
    assert " ".join(filled("# List\n\n{{list helpline checked}}\n", {"a": desk}).split()) == f"# List {told}"
    assert filled("{{list helpline unchecked}}\n{{list police checked}}\n", {"a": desk}) == "\n"
    lines = filled(f"- {'word ' * 13}{{{{a phone}}}}\n- Next\n", {"a": desk}).splitlines()
    assert lines == [f"- {'word ' * 13}01 234 567", "  (not checked by us)", "- Next"]
    with pytest.raises(KeyError):
        filled("{{b}}", {"a": desk})


def test_the_scan_sees_addresses() -> None:
    """Else the two tests above would hold for an empty guide."""
    seen = {address for _, item in every_item() for address in addresses(item)}
    assert len(seen) > 50
    assert {"https://stopncii.org/", "abuse@telegram.org", "0345 6000 459", "988", "+45 28 83 40 70"} <= seen


@pytest.mark.parametrize("page", [name for name, page in PAGES.items() if "(not checked by us)" in page])
def test_a_page_with_unchecked_addresses_says_how_to_check(page: str) -> None:
    flat = " ".join(PAGES[page].split())
    assert "search for" in flat and "second source" in flat and "never follow a link" in flat


def test_overview_has_the_five_steps_and_every_topic() -> None:
    flat = " ".join(PAGES["overview"].split())
    for step in ("1. Keep evidence", "2. Report", "3. Secure the accounts", "4. Use the hash", "5. Escalate"):
        assert step in flat
    for topic in TOPICS:
        assert f"guide {topic}" in (flat if not topic.startswith("report-") else flat + PAGES["report"]), topic
    assert set(re.findall(r"guide ([a-z0-9-]+)", flat)) - {"done"} <= set(TOPICS)


def test_the_first_screen_fits_a_terminal_with_the_shells_line_below_it() -> None:
    assert len(PAGES["overview"].splitlines()) <= 23


def test_no_page_is_longer_than_three_screens() -> None:
    long = {name: len(page.splitlines()) for name, page in PAGES.items() if len(page.splitlines()) > 3 * 24 + 8}
    assert set(long) <= {"support", "police"}, "lists of addresses by country"


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("extortion", ["Do not pay", "Send nothing more", "Do not move to another app", "Keep the messages"]),
        ("evidence", ["Not in a photo library", "Do not send the pictures", "before you report"]),
        ("report", ["non-consensual intimate images", "Attach no picture", "guide report-where", "guide report-late"]),
        ("report-where", ["search engines", "Do not write to a mailbox"]),
        ("report-late", ["48 hours", "2 hours", "Do not quote one", "FTC"]),
        ("privacy", ["Drafts", "type a blank before it", "HISTCONTROL", "--name", "still finds"]),
        ("accounts", ["mailbox first", "Forwarding", "shared computer", "impersonation", "no program helps"]),
        ("hash-services", ["cannot hand in hashes for you", "Three things with one name"]),
        ("support", ["local emergency number", "## If you help somebody"]),
    ],
)
def test_what_a_page_has_to_say(topic: str, words: list[str]) -> None:
    flat = " ".join(PAGES[topic].split())
    for word in words:
        assert word in flat


def test_under_18_shows_only_the_services_made_for_it() -> None:
    page = PAGES["under-18"]
    assert PAGES["under-18-services"] in page
    allowed = {"ncmec_takeitdown", "cybertipline", "iwf", "cybertip_ca", "esafety"}
    made_for_it = {address for channel in CHANNELS if channel.id in allowed for address in (channel.url, channel.phone)}
    found = {address for item in items(page) for address in addresses(item)}
    assert found <= made_for_it
    assert len(found) == 6
    assert "`" not in page, "no command of this program is offered"


@pytest.mark.parametrize("page", [name for name in PAGES if not name.startswith("under-18")])
def test_every_other_page_points_minors_elsewhere_where_pictures_matter(page: str) -> None:
    if page != "accounts":
        assert "guide under-18" in PAGES[page]


# Errors seen in public guides.
@pytest.mark.parametrize(
    "wrong", ["15 U.S.C.", "6851", "proposed", "within 24 hours by law", "C-16", "hosts must", "30 days"]
)
def test_known_errors_are_not_repeated(wrong: str) -> None:
    for page in PAGES.values():
        assert wrong not in page


COMMANDS = (
    "init enroll references match watch run sightings evidence reports alerts service status digest guide".split()
)


def test_only_commands_that_exist_are_named() -> None:
    for name, item in every_item():
        for command in re.findall(r"`reupload-monitor (\w+)", item):
            assert command in COMMANDS, f"{command} in {name}"


def test_only_steps_that_exist_are_named() -> None:
    for name, item in every_item():
        for step in re.findall(r"`reupload-monitor guide done ([a-z-]+)", item):
            assert step_named(step), f"{step} in {name}"


@pytest.mark.parametrize("page", PAGES)
def test_plain_markdown(page: str) -> None:
    content = PAGES[page]
    assert "{{" not in content and content.isascii() and content.endswith("\n") and "\t" not in content
    for line in content.splitlines():
        assert len(line) <= 80 or line.strip().startswith("https://"), line
        assert line == line.rstrip()
        assert not re.search(r"[*_]{2}|\]\(|<", line)
