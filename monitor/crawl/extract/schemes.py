"""Data of `originals`: how software and services name the smaller copies that they make, and what those are
made from. Each row: what an address has in it, the part that says the size, what stands in its place; of the address
without its query. The first row that fits is taken."""

from __future__ import annotations

import re

_ENDING = r"(\.[A-Za-z]{3,5})"
_IMAGE = r"\.(?:jpe?g|png|gif|webp|avif|hei[cf]|tiff?|bmp)"
_ROWS = (
    ("/wp-content/uploads/", rf"(?:-[0-9]{{2,5}}x[0-9]{{2,5}}|-scaled){_ENDING}$", r"\1"),  # scaled: over 2,560 px
    ("/uploads/20", rf"(/[0-9]{{4}}/[01][0-9]/[^/]{{1,200}})-[0-9]{{2,5}}x[0-9]{{2,5}}{_ENDING}$", r"\1\2"),  # likewise
    ("-resized.", rf"-resized{_ENDING}$", r"\1"),  # NodeBB
    (
        ".format-",  # Wagtail, in another format: what it was made from was mostly a JPEG
        r"/images/([^/]{1,200}?)(?:\.[0-9a-f]{8})?\.(?:(?:width|height|max|min|fill|scale)-[0-9][0-9a-z]{0,20}"
        r"|original)(?:\.[a-z]{3,20}-[a-z0-9-]{1,30}){0,4}\.(?:webp|avif)$",
        r"/original_images/\1.jpg",
    ),
    (
        "/images/",  # Wagtail: cat.2e16d0ba.fill-800x240.jpg
        r"/images/([^/]{1,200}?)(?:\.[0-9a-f]{8})?\.(?:(?:width|height|max|min|fill|scale)-[0-9][0-9a-z]{0,20}"
        rf"|original)(?:-c[0-9]{{1,3}})?(?:\.[a-z]{{3,20}}-[a-z0-9-]{{1,30}}){{0,4}}{_ENDING}$",
        r"/original_images/\1\2",
    ),
    (
        "/files/styles/",
        rf"/files/styles/[a-z0-9_-]{{1,80}}/(?:public|private)/(.{{1,500}}{_IMAGE})\.webp$",
        r"/files/\1",
    ),
    ("/files/styles/", r"/files/styles/[a-z0-9_-]{1,80}/(?:public|private)/", "/files/"),  # Drupal
    ("/content/images/size/", r"/size/[wh0-9]{2,12}(?:/format/[a-z]{3,5})?/", "/"),  # Ghost
    ("/_data/i/", rf"/_data/i/(.{{1,500}})-(?:[a-z0-9]{{2}}|cu_[a-z0-9]{{1,20}}){_ENDING}$", r"/\1\2"),  # Piwigo
    ("/product/cache/", r"/product/cache/(?:[^/]{1,80}/){1,5}?([^/]/[^/]/[^/]{1,200})$", r"/product/\1"),  # Magento
    ("/photos/cache/", rf"/photos/cache/([^/]{{1,200}})_[a-z0-9]{{1,40}}{_ENDING}$", r"/photos/\1\2"),  # Photologue
    ("_thumbnails/", rf"/filer_public_thumbnails/(.{{1,500}}{_IMAGE})__[^/]{{1,200}}$", r"/\1"),  # django-filer
    (".thumbnails/", rf"/\.thumbnails/([^/]{{1,200}}{_IMAGE})/[^/]{{1,250}}$", r"/\1"),  # filebrowser, Mezzanine
    (
        "/__sized__/",  # versatileimagefield (Saleor): cat-thumbnail-300x300-70.jpg, cat-crop-c0-5__0-5-400x400.jpg
        r"/__sized__/(.{1,500}?)-(?:thumbnail|crop-c[0-9_-]{3,20})-[0-9]{1,5}x[0-9]{1,5}(?:-[0-9]{1,3})?"
        + _ENDING
        + "$",
        r"/\1\2",
    ),
    ("/CACHE/images/", rf"/CACHE/images/(.{{1,500}})/[0-9a-f]{{16,40}}{_ENDING}$", r"/\1\2"),  # django-imagekit
    (".thumbnail.", rf"\.thumbnail{_ENDING}$", r"\1"),  # Nikola, django-stdimage
    (
        "/@@images/",  # Plone
        r"/@@images/(?:[0-9a-f]{8}-[0-9a-f-]{27}\.[a-z]{3,5}|image/[a-z_]{1,40}|image-[0-9]{1,5}-[0-9a-f]{8,40}\.[a-z]{3,5})$",
        "/@@images/image",
    ),
    ("/@@download/", r"/@@download/image/[^/]{1,200}$", "/@@images/image"),  # likewise, by its other address
    ("/image_", r"/image_(?:large|preview|mini|thumb|tile|icon|listing)$", "/image"),  # Plone, older
    ("/_resampled/", r"/_resampled/(?:[^/]{1,80}/)?(?:[A-Za-z]{3,20}[0-9]{1,5}-)?", "/"),  # SilverStripe 3
    (
        "__",
        rf"__(?:Fit|Fill|Scale|Pad|Crop|Focus|Resized)[A-Za-z]{{0,20}}W[A-Za-z0-9]{{2,40}}{_ENDING}$",
        r"\1",
    ),  # and 4
    ("/image/cache/", rf"/image/cache/(.{{1,500}})-[0-9]{{1,5}}x[0-9]{{1,5}}{_ENDING}$", r"/image/\1\2"),  # OpenCart
    ("_default", rf"/([0-9]{{1,9}})-[a-z]{{2,20}}_default(/[^/]{{1,200}}|{_ENDING})$", r"/\1\2"),  # PrestaShop
    (
        "/thumbnail/",  # Shopware 6
        rf"/thumbnail/((?:[0-9a-f]{{2}}/){{3}}.{{1,300}})_[0-9]{{2,5}}x[0-9]{{2,5}}{_ENDING}$",
        r"/media/\1\2",
    ),
    (
        "/cdn/shop/",  # Shopify
        r"_(?:[0-9]{1,5}x[0-9]{0,5}|x[0-9]{1,5}|pico|icon|thumb|small|compact|medium|large|grande)"
        rf"(?:_crop_[a-z]{{3,10}})?(?:@[23]x)?(?:\.progressive)?{_ENDING}$",
        r"\1",
    ),
    (
        "cdn.shopify.com/",
        r"_(?:[0-9]{1,5}x[0-9]{0,5}|x[0-9]{1,5}|pico|icon|thumb|small|compact|medium|large|grande)"
        rf"(?:_crop_[a-z]{{3,10}})?(?:@[23]x)?(?:\.progressive)?{_ENDING}$",
        r"\1",
    ),
    ("/media/pages/", rf"-[0-9]{{1,5}}x[0-9]{{0,5}}(?:-[a-z0-9-]{{1,40}})?{_ENDING}$", r"\1"),  # Kirby
    ("/_", r"/_[0-9A-Za-z]{2,40}_(?:crop|fit|stretch|letterbox)_[a-z-]{3,40}(?:_[^/]{1,60})?/", "/"),  # Craft
    ("/albums/", r"/albums/(.{1,400}/)?(?:thumb|normal)_([^/]{1,200})$", r"/albums/\1\2"),  # Coppermine
    ("/var/", r"/var/(?:thumbs|resizes)/", "/var/albums/"),  # Gallery 3
    ("/data/thumbnails/", "/data/thumbnails/", "/data/media/"),  # 4images
    ("/uploads/", r"/uploads/(?:thumb|small|medium)(?:2x)?/", "/uploads/original/"),  # Lychee
    (
        "/optimized/",
        rf"/optimized/(.{{1,40}}/[0-9a-f]{{40}})_[0-9]_[0-9]{{1,5}}x[0-9]{{1,5}}{_ENDING}$",
        r"/original/\1\2",
    ),
    (".md.", rf"\.md{_ENDING}$", r"\1"),  # Chevereto
    (".th.", rf"\.th{_ENDING}$", r"\1"),
    ("/storage/m/", rf"_thumb{_ENDING}$", r"\1"),  # Pixelfed
    ("//i.imgur.com/", rf"/([A-Za-z0-9]{{7}})[sbtmlh]{_ENDING}$", r"/\1\2"),
    (
        ".staticflickr.com/",
        rf"/([0-9]{{4,20}}_[0-9a-f]{{6,20}})(?:_[sqtmnwzc])?{_ENDING}$",
        r"/\1_b\2",
    ),  # original: a key
    ("@", rf"@[0-9]{{2,5}}(?:x[0-9]{{1,5}})?(?:_[a-z]{{3,8}}){{0,2}}{_ENDING}$", r"\1"),  # Lektor: cat@240.jpg
    # ikiwiki: 300x-cat.jpg
    ("x", rf"/(?:[0-9]{{2,5}}x[0-9]{{0,5}}|x[0-9]{{2,5}})-([^/]{{1,200}}){_ENDING}$", r"/\1\2"),
    (
        ".",  # cat.jpg.300x200_q85_crop.jpg (easy-thumbnails), cat.jpg.webp (converters)
        r"(/[^/]{1,200}\.(?:jpe?g|png|gif|hei[cf]|tiff?|bmp))\.(?![0-9a-f]{32}\.)(?:[^/]{1,80}\.)?(?:jpe?g|png|gif|webp|avif)$",
        r"\1",
    ),
)
NAMING_SCHEMES = tuple((mark, re.compile(pattern, re.IGNORECASE), instead) for mark, pattern, instead in _ROWS)
DOTTED = (".", "/images/")  # marks of schemes for names with more than one dot
