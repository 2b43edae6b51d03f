"""What a reader is given: pages, feeds, answers of interfaces, mails, registries, pictures. Their callers take whatever
a library raises; what code of the program raises is a find, though a worker would survive it."""

# ruff: noqa: E501 - seeds, as others write them

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from monitor.errors import UnreadableImage
from monitor.model.page import ParseJob, Parser
from tests.fuzz.target import Target

NONCE = b"12345678"
_PAGES = Path(__file__).parents[1] / "extract" / "pages"

HTML = (
    b"<!doctype html><html lang=en><head><meta charset=utf-8><title>A thread</title><base href=/t/>"
    b"<link rel=canonical href=/t/1><meta property=og:image content=/o.jpg><meta http-equiv=refresh content='5;url=/n'>"
    b'<script type="application/ld+json">{"@type":"ImageObject","contentUrl":"/c.jpg","width":800}</script>'
    b"<script>var a={images:['/s.jpg','/s2.jpg'],n:\"eyJ1cmwiOiIvYi5qcGcifQ==\"}; self.__next_f.push([1,'x'])</script>"
    b"<style>.a{background:url(/bg.png)} .b{background-image:image-set('x.avif' 2x)}</style></head><body>"
    b"<article id=p1><a href=/u/anna class=username>anna</a><time datetime=2026-11-01T10:00:00Z>x</time>"
    b"<picture><source srcset='/a.webp 2x, /b.webp 600w' sizes='100vw'><img src=/a.jpg alt='me' loading=lazy "
    b"data-src=/big.jpg width=300></picture><div style=\"background:url('/d.jpg')\"></div></article>"
    b"<a rel=next href='?page=2'>Next</a><a href='/t/2#x'>More</a><iframe srcdoc='&lt;img src=/f.jpg&gt;'></iframe>"
    b"<noscript><img src=/n.jpg></noscript><template><img src=/t.jpg></template><video poster=/v.jpg></video>"
    b"<amp-img src=/amp.jpg></amp-img><svg><image href=/svg.png /></svg></body></html>"
)
RSS = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel>"
    b"<title>x</title><item><title>t</title><link>https://site.example/1</link><guid>1</guid>"
    b"<pubDate>Sun, 01 Nov 2026 18:00:00 GMT</pubDate><description>&lt;img src='/a.jpg'&gt;</description>"
    b"<enclosure url='https://site.example/e.jpg' type='image/jpeg' length='5'/><media:content url='/m.jpg'/>"
    b"<dc:creator>anna</dc:creator></item></channel></rss>"
)
ATOM = (
    b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><entry><id>1</id>"
    b"<link href='/1'/><updated>2026-11-01T18:00:00Z</updated><content type='html'>&lt;img src=a.jpg&gt;</content>"
    b"</entry><link rel='next' href='/f?2'/></feed>"
)
SITEMAP = (
    b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:image='i'><url>"
    b"<loc>https://site.example/1</loc><lastmod>2026-11-01</lastmod><image:image><image:loc>/a.jpg</image:loc>"
    b"</image:image></url></urlset>"
)
INDEX = b"<sitemapindex><sitemap><loc>https://site.example/s.xml</loc><lastmod>x</lastmod></sitemap></sitemapindex>"
MASTODON = (
    b'[{"id":"1","created_at":"2026-11-01T10:00:00.000Z","url":"https://m.example/@a/1","content":"<p>x</p>",'
    b'"account":{"acct":"a","url":"https://m.example/@a","avatar":"/v.png"},"reblog":null,"card":{"image":"/c.jpg"},'
    b'"media_attachments":[{"type":"image","url":"/a.jpg","preview_url":"/s.jpg","remote_url":null,'
    b'"description":"d","meta":{"original":{"width":5}}}]}]'
)
BLUESKY = (
    b'{"feed":[{"post":{"uri":"at://did:plc:x/app.bsky.feed.post/3","author":{"handle":"a.example","did":"did:plc:x"},'
    b'"record":{"text":"x","createdAt":"2026-11-01T10:00:00Z"},"embed":{"$type":"app.bsky.embed.images#view",'
    b'"images":[{"fullsize":"https://cdn/a@jpeg","thumb":"https://cdn/t@jpeg","alt":"d"}]}}}],"cursor":"c","posts":[]}'
)
REDDIT = (
    b'{"kind":"Listing","data":{"after":"t3_x","children":[{"kind":"t3","data":{"name":"t3_1","title":"x",'
    b'"author":"a","permalink":"/r/x/1","url":"https://i.redd.it/a.jpg","created_utc":1790000000.0,"is_gallery":true,'
    b'"gallery_data":{"items":[{"media_id":"m"}]},"media_metadata":{"m":{"s":{"u":"https://p/a.jpg","x":5}}},'
    b'"preview":{"images":[{"source":{"url":"https://p/b.jpg"},"resolutions":[]}]},"thumbnail":"self"}}]}}'
)
BOARD = (
    b'{"posts":[{"no":1,"tim":1790000000,"ext":".jpg","filename":"x","time":1790000000,"name":"A","com":"x<br>",'
    b'"resto":0,"w":5,"h":5,"fsize":9}],"threads":[{"no":1,"last_modified":5}]}'
)
BOORU = (
    b'[{"id":1,"file_url":"/a.jpg","sample_url":"/s.jpg","preview_url":"/p.jpg","created_at":"2026-11-01",'
    b'"owner":"a","tags":"x y","source":"https://b.example"}]'
)
DISCOURSE = (
    b'{"post_stream":{"posts":[{"id":1,"username":"a","created_at":"2026-11-01T10:00:00Z","cooked":"<img src=/a.jpg>",'
    b'"post_number":1,"topic_id":5,"topic_slug":"x"}],"stream":[1,2]},"topic_list":{"more_topics_url":"/l?page=1",'
    b'"topics":[{"id":5,"slug":"x","title":"t","image_url":"/t.jpg"}]},"title":"x"}'
)
XENFORO = (
    b'{"threads":[{"thread_id":1,"view_url":"/t/1","title":"x","last_post_date":5}],"posts":[{"post_id":1,'
    b'"username":"a","view_url":"/p/1","message_parsed":"<img src=a.jpg>","post_date":1790000000,"Attachments":'
    b'[{"direct_url":"/a.jpg","thumbnail_url":"/t.jpg","filename":"a.jpg"}]}],"pagination":{"current_page":1,"last_page":3}}'
)
SEARCH = (
    b'{"results":[{"url":"https://b.example/1","img_src":"/a.jpg","title":"x","thumbnail_src":"//t/1"}],"next":"2"}'
)
TELEGRAM = (
    b"<div class='tgme_widget_message' data-post='c/5'><a class='tgme_widget_message_photo_wrap' "
    b"style=\"width:5px;background-image:url('https://cdn/a.jpg')\" href='https://t.me/c/5'></a>"
    b"<div class='tgme_widget_message_text'>x</div><time datetime='2026-11-01T10:00:00+00:00'></time></div>"
    b"<a class='tme_messages_more' data-before='5' href='/s/c?before=5'></a>"
)
_TEMPLATE = {
    Parser.HTML: HTML,
    Parser.CSS: b"@import 'x.css'; @import url(y.css) screen; .a{background:url(\"a.png\"),image-set(url(b.jpg) 2x)}",
    Parser.IMAGE: b"\x89PNG\r\n\x1a\n",
    Parser.ERROR_PAGE: b"<title>404 Not Found</title><h1>This thread was removed</h1><p>Log in to see it",
    Parser.FEED: RSS,
    Parser.SITEMAP: SITEMAP,
    Parser.BOARD: BOARD,
    Parser.BOORU: BOORU,
    Parser.MASTODON: MASTODON,
    Parser.BLUESKY: BLUESKY,
    Parser.REDDIT: REDDIT,
    Parser.TELEGRAM: TELEGRAM,
    Parser.DISCOURSE: DISCOURSE,
    Parser.XENFORO: XENFORO,
    Parser.SEARCH_JSON: SEARCH,
    Parser.SEARCH_HTML: b"<div class=r><a href='https://b.example/'>x</a><img src=/a.jpg></div>",
    Parser.PLACE: HTML,
}
_MORE = {Parser.FEED: [ATOM], Parser.SITEMAP: [INDEX], Parser.BOARD: [b'[{"threads":[{"no":1}]}]']}
_RULES = (("results", ".r"), ("link", "a"), ("image", "img"), ("engine", "x"), ("next", "https://site.example/?2"))
_JSON = [b'"', b"{}", b"[]", b"null", b"true", b"[null]", b'"a":', b'{"a":[]}', b"-0", b"\\ud800", b"1e400"]
_MARKUP = [
    b"<img src=",
    b"srcset='",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"&#x110000;",
    b"</script>",
    b"url(",
    b"data:image/png;base64,",
]


def _page(parser: Parser, untrusted: bytes) -> None:
    """As a worker reads it, and as its answer comes through the pipe."""
    from monitor.reader import messages, pages
    from monitor.sources.reading.parsers import parser_named

    for rendered in (False, True):
        job = ParseJob(
            parser, "https://site.example/t/1", "text/html", offer_links=True, is_rendered=rendered, rules=_RULES
        )
        content = parser_named(parser)(job, untrusted)
        messages.unpack_answer(messages.pack_message(pages.answer_page(content, NONCE)))


def _page_seeds(parser: Parser) -> Sequence[bytes]:
    saved = [path.read_bytes() for path in sorted(_PAGES.glob("*.html"))] if parser is Parser.HTML else []
    return [_TEMPLATE[parser], *_MORE.get(parser, ()), *saved]


def _robots(untrusted: bytes) -> None:
    from monitor.crawl.robots.reading import read_robots
    from monitor.reader import messages, pages

    messages.unpack_answer(messages.pack_message(pages.answer_robots(read_robots(untrusted), NONCE)))


def _mail(untrusted: bytes) -> None:
    from datetime import UTC, datetime

    from monitor.reader import messages, pages
    from monitor.sources.reading.mail import read_mail
    from monitor.takedown.answers import proposal_of

    mail = read_mail(untrusted)
    messages.unpack_answer(messages.pack_message(pages.answer_mail(mail, NONCE)))
    proposal_of(mail, datetime(2026, 11, 29, tzinfo=UTC))


def _registry(read: str, untrusted: bytes) -> None:
    from monitor.reader import messages, registries
    from monitor.takedown.rdap import reading

    if read == "servers":
        answer = messages.ServersAnswer(NONCE, registries.wire_servers(reading.read_servers(untrusted)))
        messages.unpack_answer(messages.pack_message(answer))
        return
    record = (reading.read_dns_text if read == "dns" else reading.read_registry)(untrusted)
    messages.unpack_answer(messages.pack_message(messages.RegistryAnswer(NONCE, registries.wire_record(record))))


@cache
def _pictures() -> Sequence[bytes]:
    from monitor.reader.child.samples import samples

    return [one for one in samples() if len(one) < 40_000]


@cache
def _reader() -> Callable[[bytes], object]:
    from monitor.matching.reading.fingerprint import PictureReader
    from monitor.model.fingerprint import Detail
    from monitor.reader import arrays, messages

    reader = PictureReader()

    def read(untrusted: bytes) -> object:
        answer = arrays.answer_image(reader.image(untrusted, Detail.HASHES), NONCE)
        return messages.unpack_answer(messages.pack_message(answer))

    return read


def _shown(untrusted: bytes) -> None:
    from monitor.matching.reading.shown import shown_picture
    from monitor.reader import messages
    from monitor.reader.shown import answer_shown

    messages.unpack_answer(messages.pack_message(answer_shown(shown_picture(untrusted, band=0, is_page=False), NONCE)))


MAIL = (
    b"From: Desk <abuse@host.example>\r\nTo: a@b.example\r\nSubject: =?utf-8?B?UmU6IFRpY2tldCAjNDI=?=\r\n"
    b"Date: Sun, 01 Nov 2026 18:00:00 +0000\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nWe removed it=2E\r\nOn Sunday a wrote:\r\n> please\r\n"
    b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\n"
    b"Action: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>x<br>y</p>\r\n--x--\r\n"
)
RDAP = (
    b'{"objectClassName":"ip network","handle":"NET-1","startAddress":"192.0.2.0","endAddress":"192.0.2.255","country":"DE",'
    b'"name":"X","port43":"whois.example","entities":[{"objectClassName":"entity","handle":"A","roles":["abuse"],'
    b'"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Desk"],["email",{"pref":"1"},"text",'
    b'"abuse@host.example"],["adr",{},"text",["","","x","","","","DE"]],["tel",{},"uri","tel:+1"]]],"entities":[]}],'
    b'"remarks":[{"title":"x","description":["abuse@other.example"]}],"links":[{"rel":"self","href":"https://r.example/"}],'
    b'"redacted":[{"name":{"type":"x"}}],"events":[{"eventAction":"registration","eventDate":"2026-11-01T00:00:00Z"}]}'
)
SERVERS = (
    b'{"version":"1.0","publication":"2026-11-01T00:00:00Z","services":[[["192.0.2.0/24"],["https://r.example/"]]]}'
)
DNS = b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0\4abcd\7example\0\0\x10\0\1\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\x13\x12abuse@host.example"
ROBOTS = b"User-agent: *\nDisallow: /private/*.php$\nAllow: /\nCrawl-delay: 5\nSitemap: https://site.example/s.xml\n"

READ = [
    *(
        Target(
            name=f"page-{parser.value}",
            take=partial(_page, parser),
            seeds=partial(_page_seeds, parser),
            others_may_raise=True,
            words=(*_JSON, *_MARKUP),
            tries=8 if parser in (Parser.HTML, Parser.PLACE) else 40,
            share=2.0 if parser is Parser.HTML else 1.0,
        )
        for parser in Parser
    ),
    Target(
        name="robots", take=_robots, seeds=lambda: [ROBOTS], words=[b"User-agent:", b"*", b"$", b"Disallow:", b"%2f"]
    ),
    Target(
        name="mail",
        take=_mail,
        seeds=lambda: [MAIL],
        others_may_raise=True,
        words=[b"\r\n\r\n", b"--x", b"Content-Type: ", b"message/rfc822", b"base64", b"=?utf-8?Q?=?=", b"charset="],
        share=1.5,
    ),
    Target(name="rdap", take=partial(_registry, "rdap"), seeds=lambda: [RDAP], words=_JSON, share=1.5),
    Target(name="rdap-servers", take=partial(_registry, "servers"), seeds=lambda: [SERVERS], words=_JSON),
    Target(name="abusix", take=partial(_registry, "dns"), seeds=lambda: [DNS], words=[b"\xc0\x0c", b"\0\x10\0\1"]),
    Target(
        name="picture",
        take=lambda data: _reader()(data),
        seeds=_pictures,
        refuses=(UnreadableImage,),
        tries=10,
        share=3.0,
        slow_s=20.0,
    ),
    Target(name="picture-shown", take=_shown, seeds=_pictures, refuses=(UnreadableImage,), tries=4, slow_s=20.0),
]
