import asyncio
import email
import email.policy
import json
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import apprise
import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.demo import pages
from monitor.demo.plan import PLAN, Spot, pictures
from monitor.demo.receivers import Receivers
from monitor.demo.site import LAST_MODIFIED, Hit, Site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as serving:
        yield serving


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.mark.long
async def test_the_forum_thread_leads_through_three_pages(site: Site, client: httpx.AsyncClient) -> None:
    url, posts, seen = site.content.entrance(Spot.FORUM), 0, []
    while url:
        seen.append(url)
        tree = LexborHTMLParser((await client.get(url)).text)
        posts += len(tree.css("article.post"))
        following = tree.css_first("a.next")
        url = urljoin(url, following.attributes["href"] or "") if following else ""
    assert len(seen) == 3
    assert posts == len(pictures()[Spot.FORUM])


async def test_gallery_thumbnails_lead_to_full_size(site: Site, client: httpx.AsyncClient) -> None:
    first, found = site.content.entrance(Spot.GALLERY), []
    for url in (first, f"{first}/2"):
        for link in LexborHTMLParser((await client.get(url)).text).css("main > a"):
            target = urljoin(url, link.attributes["href"] or "")
            if "view" in (link.attributes["class"] or ""):
                image = LexborHTMLParser((await client.get(target)).text).css_first("figure img")
                assert image is not None
                target = urljoin(target, image.attributes["src"] or "")
            found.append(site.content.shown[target])
    assert tuple(found) == pictures()[Spot.GALLERY]


async def test_the_scripted_page_is_empty_its_list_complete(site: Site, client: httpx.AsyncClient) -> None:
    entrance = site.content.entrance(Spot.SCRIPTED)
    assert not LexborHTMLParser((await client.get(entrance)).text).css("img")
    listed = (await client.get(urljoin(entrance, "/api/pictures.json"))).json()["pictures"]
    assert [site.content.shown[urljoin(entrance, item["src"])] for item in listed] == [*pictures()[Spot.SCRIPTED]]


async def test_the_feed_names_every_post(site: Site, client: httpx.AsyncClient) -> None:
    feed = ElementTree.fromstring((await client.get(site.content.entrance(Spot.FEED))).text)
    links = [item.findtext("link") or "" for item in feed.iter("item")]
    found = []
    for link in links:
        tree = LexborHTMLParser((await client.get(link)).text)
        found += [site.content.shown[urljoin(link, image.attributes["src"] or "")] for image in tree.css("img")]
    assert tuple(found) == pictures()[Spot.FEED]


async def test_search_answers_as_searxng_does(site: Site, client: httpx.AsyncClient) -> None:
    engine, found = site.content.entrance(Spot.SEARCH), []
    for number, expected in ((1, 4), (2, 4), (3, 0)):
        answer = (await client.get(engine, params={"q": "x", "format": "json", "pageno": number})).json()
        assert len(answer["results"]) == expected
        assert answer["query"] == "x"
        found += [result["url"] for result in answer["results"]]
    assert len(set(found)) == 8
    for url in found:
        assert (await client.get(url)).status_code == 200


@pytest.mark.parametrize("number", ["0", "-1", "x", "101", "²"])
async def test_search_refuses_a_bad_page_number(site: Site, client: httpx.AsyncClient, number: str) -> None:
    params = {"q": "x", "format": "json", "pageno": number}
    assert (await client.get(site.content.entrance(Spot.SEARCH), params=params)).status_code == 400


@pytest.mark.rows(3)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="unconditional"),
        pytest.param({"If-None-Match": "ETAG"}, 304, id="the etag it has"),
        pytest.param({"If-None-Match": 'W/"x", ETAG'}, 304, id="among others"),
        pytest.param({"If-None-Match": '"other"'}, 200, id="another etag"),
        pytest.param({"If-Modified-Since": LAST_MODIFIED}, 304, id="its date"),
        pytest.param({"If-None-Match": '"other"', "If-Modified-Since": LAST_MODIFIED}, 200, id="the etag decides"),
    ],
)
@pytest.mark.parametrize("path", [pages.ENTRANCES[Spot.FORUM], "picture"])
async def test_conditional_requests(
    site: Site, client: httpx.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    address = pages.ADDRESSES[Spot.FORUM]
    if path == "picture":
        path = next(path for where, path in site.content.resources if where == address and "/media/" in path)
    etag = site.content.resources[address, path].etag
    sent = {name: value.replace("ETAG", etag) for name, value in headers.items()}
    answer = await client.get(site.content.url(address, path), headers=sent)
    assert answer.status_code == status
    assert answer.headers["etag"] == etag
    assert site.hits == [Hit("GET", address, path, status, bool(headers))]


async def test_each_address_serves_only_its_own(site: Site, client: httpx.AsyncClient) -> None:
    forum = pages.ENTRANCES[Spot.FORUM]
    assert (await client.get(site.content.url(pages.ADDRESSES[Spot.GALLERY], forum))).status_code == 404
    assert (await client.post(site.content.entrance(Spot.FORUM))).status_code == 405
    for address in pages.ALL_ADDRESSES:
        assert "Disallow: /private/" in (await client.get(site.content.url(address, "/robots.txt"))).text


async def test_two_sites_stand_beside_each_other(site: Site, client: httpx.AsyncClient) -> None:
    async with Site() as other:
        assert other.content.port != site.content.port
        assert (await client.get(other.content.entrance(Spot.FORUM))).status_code == 200
    with pytest.raises(httpx.ConnectError):
        await client.get(other.content.entrance(Spot.FORUM))


def test_every_planted_copy_has_its_addresses() -> None:
    content = pages.build_site(80)
    places = [picture.planted for picture in content.shown.values() if picture.planted is not None]
    assert {planted: places.count(planted) for planted in places} == dict.fromkeys(PLAN, 2)  # full, thumbnail
    for url in content.shown:
        parts = urlsplit(url)
        assert (parts.hostname, parts.path) in content.resources
        assert not any(planted.photo in url for planted in PLAN)


async def test_alerts_arrive_through_apprise(tmp_path: Path) -> None:
    async with Receivers(tmp_path / "alerts") as receivers:
        sender = apprise.Apprise()
        assert all(sender.add(url) for url in receivers.apprise_urls)
        assert await sender.async_notify(title="One", body="Grüße")
        kinds = {path.suffix: path for path in receivers.files}
    mail = email.message_from_bytes(kinds[".eml"].read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail["Subject"] == "One"
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().strip() == "Grüße"
    assert json.loads(kinds[".json"].read_bytes())["message"] == "Grüße"


async def test_names_come_from_counting_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "0001-mail.eml").write_text("earlier")
    async with Receivers(tmp_path) as receivers:

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", receivers.mail_port) as server:
                server.sendmail("../../etc/passwd@x.test", ["a@b.test"], b"Subject: ../x\r\n\r\nhello\r\n")

        await asyncio.to_thread(send)
        await asyncio.to_thread(send)
    assert [path.name for path in receivers.files] == ["0002-mail.eml", "0003-mail.eml"]
    assert (tmp_path / "0001-mail.eml").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"000{k}-mail.eml" for k in (1, 2, 3)]


async def test_an_endless_alert_is_refused(tmp_path: Path, client: httpx.AsyncClient) -> None:
    async with Receivers(tmp_path) as receivers:
        answer = await client.post(f"http://127.0.0.1:{receivers.json_port}/alerts", content=b"x" * 2**21)
    assert answer.status_code == 413
    assert receivers.files == []
