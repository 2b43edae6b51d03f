"""Addresses of smaller copies, as the software or the service writes them, and where the full size is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.extract.originals import full_size_guess

S = "https://site.example"


@pytest.mark.parametrize(
    ("small", "full"),
    [
        pytest.param(f"{S}/_next/image?url=%2Fphotos%2Fcat.jpg&w=640&q=75", f"{S}/photos/cat.jpg", id="Next.js"),
        pytest.param(
            f"{S}/_next/image?url=https%3A%2F%2Fcdn.example%2Fx&w=640&q=75",
            "https://cdn.example/x",
            id="Next.js, another host, no ending",
        ),
        pytest.param(
            f"{S}/_image?href=%2F_astro%2Fcat.D3s.jpg&w=300&f=webp", f"{S}/_astro/cat.D3s.jpg", id="Astro on a server"
        ),
        pytest.param(f"{S}/_ipx/w_600&f_webp/photos/cat.jpg", f"{S}/photos/cat.jpg", id="Nuxt Image"),
        pytest.param(f"{S}/_ipx/_/photos/cat.jpg", f"{S}/photos/cat.jpg", id="Nuxt Image, no options"),
        pytest.param(
            f"{S}/_ipx/w_200/https://cdn.example/cat.jpg", "https://cdn.example/cat.jpg", id="Nuxt Image, another host"
        ),
        pytest.param(f"{S}/.netlify/images?url=/cat.jpg&w=80", f"{S}/cat.jpg", id="Netlify"),
        pytest.param(f"{S}/cdn-cgi/image/width=80,quality=75/uploads/cat.jpg", f"{S}/uploads/cat.jpg", id="Cloudflare"),
        pytest.param(
            f"{S}/cdn-cgi/image/w=80/https://img.example/cat.jpg",
            "https://img.example/cat.jpg",
            id="Cloudflare, another host",
        ),
        pytest.param(f"{S}/t/timthumb.php?src=https://site.example/cat.jpg&w=90", f"{S}/cat.jpg", id="TimThumb"),
        pytest.param("https://wsrv.nl/?url=img.example/cat.jpg&w=300", "https://img.example/cat.jpg", id="wsrv.nl"),
        pytest.param(
            "https://images.weserv.nl/?url=https%3A%2F%2Fimg.example%2Fcat.jpg&w=3",
            "https://img.example/cat.jpg",
            id="weserv",
        ),
        pytest.param(
            "https://i0.wp.com/img.example/cat.jpg?resize=300%2C200&ssl=1",
            "https://i0.wp.com/img.example/cat.jpg?ssl=1",
            id="Photon",
        ),
        pytest.param(
            "https://th.example/unsafe/300x200/smart/https://img.example/a/cat.jpg",
            "https://img.example/a/cat.jpg",
            id="Thumbor",
        ),
        pytest.param(
            "https://th.example/K97L=/300x200/https%3A%2F%2Fimg.example%2Fa%2Fcat.jpg",
            "https://img.example/a/cat.jpg",
            id="Thumbor, signed and escaped",
        ),
        pytest.param(
            "https://ip.example/sig/rs:fill:300:400/plain/https://img.example/cat.jpg@webp",
            "https://img.example/cat.jpg",
            id="imgproxy",
        ),
        pytest.param(
            "https://res.cloudinary.com/demo/image/fetch/w_300/https://img.example/cat.jpg",
            "https://img.example/cat.jpg",
            id="Cloudinary, fetched",
        ),
        pytest.param(
            "https://res.cloudinary.com/demo/image/upload/c_fill,w_300,h_200/v12/my_photos/cat.jpg",
            "https://res.cloudinary.com/demo/image/upload/v12/my_photos/cat.jpg",
            id="Cloudinary",
        ),
        pytest.param(
            "https://res.cloudinary.com/demo/image/upload/s--Ab12--/w_300/cat.jpg", "", id="Cloudinary, signed"
        ),
        pytest.param(
            "https://x.imgix.net/cat.jpg?w=300&auto=format&fit=crop", "https://x.imgix.net/cat.jpg", id="imgix"
        ),
        pytest.param("https://x.imgix.net/cat.jpg?w=300&s=0a1b", "", id="imgix, signed"),
        pytest.param(
            "https://ik.imagekit.io/d/cat.jpg?tr=w-300&width=3", "https://ik.imagekit.io/d/cat.jpg", id="ImageKit"
        ),
        pytest.param(
            "https://static.wixstatic.com/media/a1~mv2.jpg/v1/fill/w_300,h_200/cat.jpg",
            "https://static.wixstatic.com/media/a1~mv2.jpg",
            id="Wix",
        ),
        pytest.param(
            "https://a.storyblok.com/f/1/2x3/ab/cat.jpg/m/300x200/filters:quality(80)",
            "https://a.storyblok.com/f/1/2x3/ab/cat.jpg",
            id="Storyblok",
        ),
        pytest.param("https://ucarecdn.com/0a1b-2c/-/resize/300x/", "https://ucarecdn.com/0a1b-2c/", id="Uploadcare"),
        pytest.param(
            "https://x.supabase.co/storage/v1/render/image/public/b/cat.jpg?width=300",
            "https://x.supabase.co/storage/v1/object/public/b/cat.jpg",
            id="Supabase",
        ),
        pytest.param(
            f"{S}/assets/uploads/files/17-cat-resized.jpg", f"{S}/assets/uploads/files/17-cat.jpg", id="NodeBB"
        ),
        pytest.param(f"{S}/pictrs/image/ab.jpeg?thumbnail=256&format=webp", f"{S}/pictrs/image/ab.jpeg", id="Lemmy"),
        pytest.param(
            f"{S}/system/media_attachments/files/1/2/small/ab.jpg",
            f"{S}/system/media_attachments/files/1/2/original/ab.jpg",
            id="Mastodon",
        ),
        pytest.param(
            "https://1.bp.blogspot.com/-x/y/AAA/z/s320/cat.jpg",
            "https://1.bp.blogspot.com/-x/y/AAA/z/s0/cat.jpg",
            id="Blogger",
        ),
        pytest.param(
            "https://blogger.googleusercontent.com/img/a/Xy=w400-h300",
            "https://blogger.googleusercontent.com/img/a/Xy=s0",
            id="Blogger, newer",
        ),
        pytest.param(
            "https://pbs.twimg.com/media/Ab1?format=jpg&name=small",
            "https://pbs.twimg.com/media/Ab1?format=jpg&name=orig",
            id="Twitter",
        ),
        pytest.param(
            "https://pbs.twimg.com/media/Ab1.jpg",
            "https://pbs.twimg.com/media/Ab1?format=jpg&name=orig",
            id="Twitter, older",
        ),
        pytest.param(
            "https://preview.redd.it/a-cat-v0-ab12.jpg?width=640&auto=webp&s=9f",
            "https://i.redd.it/ab12.jpg",
            id="Reddit",
        ),
        pytest.param(
            f"{S}/wp-content/uploads/2026/11/cat-300x200.jpg", f"{S}/wp-content/uploads/2026/11/cat.jpg", id="WordPress"
        ),
        pytest.param(f"{S}/images/thumb/a/ab/Cat.jpg/120px-Cat.jpg", f"{S}/images/a/ab/Cat.jpg", id="MediaWiki"),
        pytest.param(f"{S}/media/images/cat.width-500.jpg", f"{S}/media/original_images/cat.jpg", id="Wagtail"),
        pytest.param(
            f"{S}/media/images/cat.2e16d0ba.fill-800x240.jpg", f"{S}/media/original_images/cat.jpg", id="Wagtail, cut"
        ),
        pytest.param(
            f"{S}/media/images/cat.max-16x9.format-webp.webpquality-60.webp",
            f"{S}/media/original_images/cat.jpg",
            id="Wagtail, another format: mostly of a JPEG",
        ),
        pytest.param(f"{S}/images/cat.tall.jpg", "", id="a name with dots"),
        pytest.param(
            f"{S}/sites/default/files/styles/large/public/2026-11/cat.jpg?itok=Ab1",
            f"{S}/sites/default/files/2026-11/cat.jpg",
            id="Drupal",
        ),
        pytest.param(
            f"{S}/content/images/size/w600/2026/11/cat.jpg", f"{S}/content/images/2026/11/cat.jpg", id="Ghost"
        ),
        pytest.param(f"{S}/g/_data/i/upload/2026/11/ab-me.jpg", f"{S}/g/upload/2026/11/ab.jpg", id="Piwigo"),
        pytest.param(
            f"{S}/g/i.php?/upload/2026/11/ab-cu_e250.jpg", f"{S}/g/upload/2026/11/ab.jpg", id="Piwigo, making"
        ),
        pytest.param(
            f"{S}/media/catalog/product/cache/1/image/9df78eab/c/a/cat.jpg",
            f"{S}/media/catalog/product/c/a/cat.jpg",
            id="Magento",
        ),
        pytest.param(f"{S}/media/photos/cache/cat_display.jpg", f"{S}/media/photos/cat.jpg", id="Photologue"),
        pytest.param(f"{S}/media/cat.jpg.300x200_q85_crop.jpg", f"{S}/media/cat.jpg", id="easy-thumbnails"),
        pytest.param(f"{S}/uploads/cat.png.webp", f"{S}/uploads/cat.png", id="converted to WebP"),
        pytest.param(
            "https://web.archive.org/web/2026im_/https://img.example/cat.jpg", "", id="an archive's copy stays"
        ),
        pytest.param(f"{S}/share?url=https://other.example/page", "", id="a page's address in a query"),
        pytest.param(f"{S}/cat.jpg?src=/other.jpg", "", id="a picture with a query of its own"),
        pytest.param(f"{S}/photos/cat.jpg", "", id="full size already"),
        pytest.param(f"{S}/m/cat.jpg", "", id="a folder called m"),
        pytest.param("data:image/png;base64,/https://a.example/b.jpg", "", id="data"),
        pytest.param(f"{S}/_next/image?url=javascript:alert(1)&w=640", "", id="no address in it"),
    ],
)
def test_full_size(small: str, full: str) -> None:
    assert full_size_guess(small) == full


M = f"{S}/media"


@pytest.mark.parametrize(
    ("small", "full"),
    [
        pytest.param(f"{S}/uploads/2026/11/cat-300x200.jpg", f"{S}/uploads/2026/11/cat.jpg", id="WordPress elsewhere"),
        pytest.param(f"{S}/uploads/wallpaper-1920x1080.jpg", "", id="a size in a name is not always a copy's"),
        pytest.param(f"{S}/files/styles/a/public/x/cat.jpg.webp?itok=1", f"{S}/files/x/cat.jpg", id="Drupal, as WebP"),
        pytest.param(
            f"{M}/filer_public_thumbnails/filer_public/ab/cat.jpg__300x200_q85_crop.jpg",
            f"{M}/filer_public/ab/cat.jpg",
            id="django-filer",
        ),
        pytest.param(f"{M}/blog/.thumbnails/cat.jpg/cat-600x0.jpg", f"{M}/blog/cat.jpg", id="Mezzanine"),
        pytest.param(f"{M}/__sized__/products/cat-thumbnail-300x300-70.jpg", f"{M}/products/cat.jpg", id="Saleor"),
        pytest.param(f"{M}/__sized__/x/cat-crop-c0-5__0-5-400x400.jpg", f"{M}/x/cat.jpg", id="Saleor, cut"),
        pytest.param(f"{M}/CACHE/images/photos/cat/9a0b9a0b9a0b9a0b.jpg", f"{M}/photos/cat.jpg", id="django-imagekit"),
        pytest.param(f"{S}/galleries/cat.thumbnail.jpg", f"{S}/galleries/cat.jpg", id="Nikola"),
        pytest.param(
            f"{S}/album/cat.jpg/@@images/image/large", f"{S}/album/cat.jpg/@@images/image", id="Plone by scale"
        ),
        pytest.param(
            f"{S}/a/@@images/image-400-0123456789abcdef0123456789abcdef.jpeg",
            f"{S}/a/@@images/image",
            id="Plone by width",
        ),
        pytest.param(
            f"{S}/a/@@images/7d0c5f6e-0000-4000-8000-00000000abcd.jpeg", f"{S}/a/@@images/image", id="Plone by number"
        ),
        pytest.param(f"{S}/a/cat.jpg/@@download/image/cat.jpg", f"{S}/a/cat.jpg/@@images/image", id="Plone, to keep"),
        pytest.param(f"{S}/a/cat.jpg/image_preview", f"{S}/a/cat.jpg/image", id="Plone 4"),
        pytest.param(
            f"{S}/assets/Uploads/_resampled/ScaleWidthWzMwMF0/cat.jpg",
            f"{S}/assets/Uploads/cat.jpg",
            id="SilverStripe 3",
        ),
        pytest.param(
            f"{S}/assets/Uploads/cat__FitMaxWzMwMCwyMDBd.jpg", f"{S}/assets/Uploads/cat.jpg", id="SilverStripe 4"
        ),
        pytest.param(f"{S}/image/cache/catalog/cat-300x300.jpg", f"{S}/image/catalog/cat.jpg", id="OpenCart"),
        pytest.param(f"{S}/img/p/1/2/12-home_default.jpg", f"{S}/img/p/1/2/12.jpg", id="PrestaShop"),
        pytest.param(f"{S}/12-large_default/cat.jpg", f"{S}/12/cat.jpg", id="PrestaShop, friendly"),
        pytest.param(f"{S}/thumbnail/ab/cd/ef/170/cat_800x800.jpg", f"{S}/media/ab/cd/ef/170/cat.jpg", id="Shopware"),
        pytest.param(
            "https://cdn.shopify.com/s/files/1/x/cat_300x.jpg?v=1",
            "https://cdn.shopify.com/s/files/1/x/cat.jpg",
            id="Shopify",
        ),
        pytest.param(f"{M}/pages/trip/1a2b-1700/cat-300x200-crop.jpg", f"{M}/pages/trip/1a2b-1700/cat.jpg", id="Kirby"),
        pytest.param(f"{S}/photos/_300xAUTO_crop_center-center_none/cat.jpg", f"{S}/photos/cat.jpg", id="Craft"),
        pytest.param(f"{S}/albums/userpics/10001/thumb_cat.jpg", f"{S}/albums/userpics/10001/cat.jpg", id="Coppermine"),
        pytest.param(f"{S}/var/resizes/trip/cat.jpg?m=1", f"{S}/var/albums/trip/cat.jpg", id="Gallery 3"),
        pytest.param(f"{S}/data/thumbnails/3/cat.jpg", f"{S}/data/media/3/cat.jpg", id="4images"),
        pytest.param(f"{S}/uploads/small2x/ab/cd/x.jpg", f"{S}/uploads/original/ab/cd/x.jpg", id="Lychee"),
        pytest.param(
            f"{S}/uploads/default/optimized/1X/{'ab' * 20}_2_690x400.jpeg",
            f"{S}/uploads/default/original/1X/{'ab' * 20}.jpeg",
            id="Discourse",
        ),
        pytest.param(f"{S}/images/2026/cat.md.jpg", f"{S}/images/2026/cat.jpg", id="Chevereto"),
        pytest.param(f"{S}/storage/m/_v2/1/cat_thumb.jpg", f"{S}/storage/m/_v2/1/cat.jpg", id="Pixelfed"),
        pytest.param("https://i.imgur.com/abcdefgl.jpg", "https://i.imgur.com/abcdefg.jpg", id="Imgur"),
        pytest.param("https://i.imgur.com/abcdefg.jpg", "", id="Imgur, the original"),
        pytest.param(
            "https://live.staticflickr.com/65535/12345_0a1b2c3d_m.jpg",
            "https://live.staticflickr.com/65535/12345_0a1b2c3d_b.jpg",
            id="Flickr",
        ),
        pytest.param("https://live.staticflickr.com/65535/12345_0a1b2c3d_b.jpg", "", id="Flickr, the largest"),
        pytest.param(f"{S}/trip/cat@160x120_crop.jpg", f"{S}/trip/cat.jpg", id="Lektor"),
        pytest.param(f"{S}/img/cat@2x.jpg", "", id="twice the density is not a smaller copy"),
        pytest.param(f"{S}/trip/300x-cat.jpg", f"{S}/trip/cat.jpg", id="ikiwiki"),
        pytest.param(
            f"{S}/attachment.php?attachmentid=5&stc=1&thumb=1&d=9",
            f"{S}/attachment.php?attachmentid=5&stc=1&d=9",
            id="vBulletin",
        ),
        pytest.param(f"{S}/attachment.php?thumbnail=5", f"{S}/attachment.php?aid=5", id="MyBB"),
        pytest.param(f"{S}/download/file.php?id=5&t=1", f"{S}/download/file.php?id=5", id="phpBB"),
        pytest.param(f"{S}/download/file.php?id=5", "", id="phpBB, full size"),
    ],
)
def test_full_size_by_the_name_of_the_copy(small: str, full: str) -> None:
    assert full_size_guess(small) == full


@given(st.text(alphabet="/:?&=%-_.@swhimageuploadhttps2Fjpg,1", max_size=200))
def test_any_address_is_survived(text: str) -> None:
    guess = full_size_guess(S + "/" + text)
    assert guess == "" or guess.startswith(("http://", "https://"))
