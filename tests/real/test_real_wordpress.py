"""WordPress: every way in which its editor places a picture, found from the blog, the feed and the sitemap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real.real_monitor import look
from tests.real.real_pictures import Picture, digests, make
from tests.real.real_wordpress import Uploaded, WordPress, wordpress

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500)]


@dataclass(frozen=True, slots=True)
class Blog:
    site: WordPress
    pictures: list[Picture]
    wanted: dict[str, str]  # name -> digest of the bytes as they were posted


def figure(up: Uploaded, size: str, *, link: str = "") -> str:
    image = f'<img src="{up.sizes.get(size, up.url)}" alt="" class="wp-image-{up.id}"/>'
    image = f'<a href="{link}">{image}</a>' if link else image
    block = f'<!-- wp:image {{"id":{up.id},"sizeSlug":"{size}"}} -->'
    return f'{block}<figure class="wp-block-image size-{size}">{image}</figure><!-- /wp:image -->'


@pytest.fixture(scope="module")
def blog(place: Path) -> Iterator[Blog]:
    with wordpress(place) as site:
        photos = make(place / "pictures", 14)
        huge = make(place / "pictures", 1, width=3000, start=14)
        other = make(place / "pictures", 1, start=15, ending="png") + make(
            place / "pictures", 1, start=16, ending="webp"
        )
        pictures = photos + huge + other
        ups = {picture.name: site.upload(picture) for picture in pictures}
        up = [ups[picture.name] for picture in pictures]
        ids = ",".join(str(u.id) for u in up[5:8])
        gallery = "".join(figure(u, "thumbnail") for u in up[3:5])
        site.post("A picture, large", figure(up[0], "large"))
        site.post("A picture that leads to its file", figure(up[1], "medium", link=up[1].url))
        site.post(
            "A picture that leads to its page", figure(up[2], "medium", link=f"{site.url}/?attachment_id={up[2].id}")
        )
        site.post(
            "A gallery",
            f'<!-- wp:gallery {{"linkTo":"none"}} --><figure class="wp-block-gallery has-nested-images columns-2">'
            f"{gallery}</figure><!-- /wp:gallery -->",
        )
        site.post("A gallery as it used to be written", f'[gallery ids="{ids}" link="file" size="thumbnail"]')
        site.post("Only above the text", "<p>Nothing in the text.</p>", featured_media=up[8].id)
        site.post(
            "A cover",
            f'<!-- wp:cover {{"url":"{up[9].url}","id":{up[9].id},"hasParallax":true}} --><div class="wp-block-cover '
            f'has-parallax" style="background-image:url({up[9].url})"><div class="wp-block-cover__inner-container">'
            "<p>Words</p></div></div><!-- /wp:cover -->",
        )
        site.post(
            "Media beside text",
            f'<!-- wp:media-text {{"mediaId":{up[10].id}}} --><div class="wp-block-media-text"><figure class="wp-block-'
            f'media-text__media"><img src="{up[10].sizes["medium_large"]}" class="wp-image-{up[10].id} size-full"/>'
            '</figure><div class="wp-block-media-text__content"><p>Words</p></div></div><!-- /wp:media-text -->',
        )
        site.post("A small one, written by hand", f'<p><img src="{up[11].sizes["thumbnail"]}" width="150"></p>')
        site.post("Only a link", f'<p>See <a href="{up[12].url}">this one</a>.</p>')
        site.post(
            "A file block",
            f'<!-- wp:file --><div class="wp-block-file"><a href="{up[13].url}">x</a></div><!-- /wp:file -->',
        )
        site.post("A very large one", figure(up[14], "full"))
        site.post("Other formats", figure(up[15], "medium") + figure(up[16], "medium_large"))
        yield Blog(site, pictures, {picture.path.name: picture.digest for picture in pictures})


WATCHES = {
    "blog": 'kind = "page"\nurl = "{url}/"\nfollow = {{ links = "h2 a", depth = 1 }}',
    "feed": 'kind = "feed"\nurl = "{url}/feed/"\nfollow = {{ depth = 1 }}',
    "sitemap": 'kind = "sitemap"\nurl = "{url}/wp-sitemap.xml"',
}


@pytest.mark.parametrize("watch", WATCHES)
async def test_wordpress(blog: Blog, tmp_path: Path, watch: str) -> None:
    pictures = blog.pictures[3:] if watch == "feed" else blog.pictures  # a feed holds the newest ten posts
    wanted = {picture.path.name: blog.wanted[picture.path.name] for picture in pictures}
    seen = await look(tmp_path / "monitor", WATCHES[watch].format(url=blog.site.url), pictures, wanted=wanted)
    assert seen.missing(wanted) == [], seen.told
    assert seen.matched(pictures) == {picture.name for picture in pictures}, seen.told
    assert digests(blog.site.files / "wp-content/uploads", "**/*.jpg")  # kept as files, under their own names
