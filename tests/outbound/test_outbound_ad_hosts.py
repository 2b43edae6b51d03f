"""The list of advertisers is kept by hand: no host in it may be one that shows anything of a page itself."""

from __future__ import annotations

import pytest

from monitor.domains import registrable_domain
from monitor.outbound.browser.ad_hosts import ad_hosts, ad_owner

SHOWS_PICTURES = """
google.com www.google.com googleusercontent.com lh3.googleusercontent.com gstatic.com googleapis.com bing.com
facebook.com fbcdn.net cdninstagram.com twimg.com x.com reddit.com redd.it preview.redd.it imgur.com i.imgur.com
tumblr.com media.tumblr.com wordpress.com i0.wp.com wp.com blogspot.com bp.blogspot.com pinimg.com vk.com userapi.com
yandex.ru avatars.mds.yandex.net mail.ru imgsmail.ru telegram.org cdn-telegram.org t.me discordapp.com disqus.com
cloudfront.net akamaihd.net cloudflare.com jsdelivr.net unpkg.com fastly.net b-cdn.net amazonaws.com imagekit.io
imagebam.com imgbox.com postimg.cc ibb.co pixhost.to vipr.im catbox.moe bunkr.si cyberdrop.me erome.com motherless.com
xvideos-cdn.com xhcdn.com phncdn.com rdtcdn.com ypncdn.com 4cdn.org 8kun.top mastodon.social bsky.app cdn.bsky.app
adobe.com typekit.net shopify.com squarespace-cdn.com wixstatic.com yahoo.com yimg.com live.com
connect.facebook.net liveinternet.ru
"""


@pytest.mark.parametrize("host", SHOWS_PICTURES.split())
def test_what_shows_pictures_is_no_advertiser(host: str) -> None:
    assert ad_owner(host) == ""


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        pytest.param("doubleclick.net", "doubleclick.net", id="as it stands"),
        pytest.param("a.b.doubleclick.net", "doubleclick.net", id="what stands under it"),
        pytest.param("notdoubleclick.net", "", id="what only ends alike"),
        pytest.param("doubleclick.net.evil.test", "", id="what only begins alike"),
        pytest.param("", "", id="none"),
        pytest.param(".", "", id="a dot"),
        pytest.param("a." * 2000, "", id="a long one"),
    ],
)
def test_whose_a_host_is(host: str, owner: str) -> None:
    assert ad_owner(host) == owner


def test_every_line_is_a_plain_host_that_no_other_line_covers() -> None:
    for host in ad_hosts():
        assert host == host.lower().strip(".") and "." in host and host.isascii(), host
        assert all(part and not part.startswith("-") for part in host.split(".")), host
        assert registrable_domain(f"x.{host}") != f"x.{host}", (
            f"{host} is a public suffix: everybody under it would be an advertiser"
        )
        assert not ad_owner(host.partition(".")[2]), f"{host} is covered already"
    assert len(ad_hosts()) > 200
