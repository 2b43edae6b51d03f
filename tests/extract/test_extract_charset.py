# ruff: noqa: RUF001 - letters of many scripts are what is tested
"""In which encoding a page is: the html5lib tests' encoding table (https://github.com/html5lib/html5lib-tests,
`encoding/tests1.dat`, MIT licence, copyright James Graham and others), the labels of web-platform-tests
(`encoding/resources/encodings.js`, 3-clause BSD licence), and pages that say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.crawl.extract.charset import CHARSETS, charset_of, charset_of_sheet, declared, labelled
from monitor.crawl.extract.page import read_css, read_html
from monitor.crawl.extract.text import decode_text
from monitor.model.page import ParseJob, Parser

WESTERN, TURKISH, UTF8 = "cp1252", "cp1254", "utf-8"

# What stands behind "<!DOCTYPE HTML>\n", and which encoding it is.
HTML5LIB = [
    ("<!-- (control test) -->", WESTERN),
    ('<meta charset="ISO-8859-1">', WESTERN),
    ('<meta charset="ISO-8859-9">', TURKISH),
    ("<meta charset='ISO-8859-9'>", TURKISH),
    ("<meta charset=ISO-8859-9>", TURKISH),
    ("<meta\ncharset=ISO-8859-9>", TURKISH),
    ("<metacharset=ISO-8859-9>", WESTERN),
    ('<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-9">', TURKISH),
    ('<meta content="text/html; charset=ISO-8859-9" http-equiv="Content-Type">', TURKISH),
    ('<meta http-equiv="Content-Type content="text/html; charset=ISO-8859-9">', WESTERN),
    ('<meta charset="\nISO-8859-9\n">', TURKISH),
    ("<meta charset=\nISO-8859-9\n>", TURKISH),
    ('<meta charset="ISO-8859-9>\n<p>"</p>', WESTERN),
    ('<meta charset=ISO-8859-9">\n<p>"</p>', WESTERN),
    ('<meta " charset=ISO-8859-9>\n<p>"</p>', TURKISH),
    ('<meta test" charset=ISO-8859-9>\n<p>"</p>', TURKISH),
    ('<meta test=" charset=ISO-8859-9>\n<p>"</p>', WESTERN),
    ("<meta test=\"' charset=ISO-8859-9>\n<p>\"'</p>", WESTERN),
    ("<meta test='\" charset=ISO-8859-9>\n<p>'\"</p>", WESTERN),
    ('<meta test="" charset=ISO-8859-9>', TURKISH),
    ('<meta test=x" charset=ISO-8859-9>\n<p>"</p>', TURKISH),
    ('<head></head><p title="x>\n<meta test=x" charset=ISO-8859-9>\n<p>"</p>', WESTERN),
    ('<head></head><p title="x>\n<meta test=x charset=ISO-8859-9>\n<p>"</p>', WESTERN),
    ('<head></head><p title="x>\n<meta charset=ISO-8859-9>\n<p>"</p>', WESTERN),
    ('<head></head><p title="x>">\n<meta charset=ISO-8859-9>\n<p>"</p>', TURKISH),
    ('<meta charset="ISO-8859-1">\n<meta charset="ISO-8859-9">', WESTERN),
    ('<meta charset="ISO-8859-9">\n<meta charset="ISO-8859-1">', TURKISH),
    ('<!--<meta charset="ISO-8859-1">-->\n<meta charset="ISO-8859-9">', TURKISH),
    ('<!--<meta charset="ISO-8859-9">-->\n<meta charset="ISO-8859-1">', WESTERN),
    (f'<!-- 511 characters {"x" * 480}-->\n<meta charset="ISO-8859-9">', TURKISH),
    (f'<!-- 1024 characters {"x" * 990}-->\n<meta charset="ISO-8859-9">', TURKISH),
    (f'<!-- 8192 characters {"x" * 8160}-->\n<meta charset="ISO-8859-9">', TURKISH),
]
# Rows of that table older than today's standard: a `content` counts only beside `http-equiv=content-type`,
# written exactly ("got pragma", "need pragma"). Browsers go by the standard.
OLDER = [
    '<meta http-equiv="Content-Type " content="text/html; charset=ISO-8859-9">',
    '<meta content="text/html; charset=ISO-8859-9" http-equiv="Content-Type ">',
    '<meta http-equiv="Content-Type>" content="text/html; charset=ISO-8859-9">',
    '<meta content="text/html; charset=ISO-8859-9" http-equiv="Content-Type>">',
    '<meta http-equiv="Content-Style-Type" content="text/html; charset=ISO-8859-9">',
    '<meta content="text/html; charset=ISO-8859-9" http-equiv="Content-Style-Type">',
    '<meta name="Content-Style-Type" content="text/html; charset=ISO-8859-9">',
    '<meta content="text/html; charset=ISO-8859-9" name="Content-Style-Type">',
    '<meta content="text/html; charset=ISO-8859-9">',
    '<meta content=" text/html; charset = ISO-8859-9 ">',
    '<meta content="\ntext/html; charset=ISO-8859-9\n">',
]


@pytest.mark.parametrize(("markup", "codec"), HTML5LIB)
def test_what_a_page_says_of_itself(markup: str, codec: str) -> None:
    page = f"<!DOCTYPE HTML>\n{markup}<p>\xe9t\xe9 caf\xe9".encode("latin-1")
    assert charset_of(page).codec == codec


@pytest.mark.parametrize("markup", OLDER)
def test_content_without_its_pragma_says_nothing(markup: str) -> None:
    assert declared(f"<!DOCTYPE HTML>\n{markup}<p>x".encode()) is None


@pytest.mark.parametrize(
    ("head", "content_type", "codec"),
    [
        pytest.param(b"\xef\xbb\xbf<meta charset=ISO-8859-1>", "", UTF8, id="mark before meta"),
        pytest.param(b"\xef\xbb\xbf<p>", "text/html; charset=windows-1251", UTF8, id="mark before header"),
        pytest.param(b"<meta charset=koi8-r>", "text/html; charset=windows-1251", "cp1251", id="header before meta"),
        pytest.param(b"<meta charset=koi8-r>", "text/html; charset=nonsense", "koi8-r", id="a header nobody knows"),
        pytest.param(b"<meta charset=nonsense><meta charset=koi8-r>", "", "koi8-r", id="a meta nobody knows"),
        pytest.param(b"<script charset=windows-1251 src=x></script><meta charset=utf-8>", "", UTF8, id="of a script"),
        pytest.param(b"<link charset=koi8-r><a href='?charset=koi8-r'><meta charset=gbk>", "", "gb18030", id="links"),
        pytest.param(b"<!-- charset=koi8-r --><meta charset=utf-8>", "", UTF8, id="in a comment"),
        pytest.param(b"<title>charset=koi8-r</title><meta charset=utf-8>", "", UTF8, id="in the text"),
        pytest.param(b"<META CHARSET=KOI8-R>", "", "koi8-r", id="capitals"),
        pytest.param(b"<meta/charset=koi8-r/>", "", UTF8, id="a slash is part of a bare value"),
        pytest.param(b"<meta charset=koi8-r />", "", "koi8-r", id="XHTML"),
        pytest.param(b"<meta charset=utf-16>", "", UTF8, id="read as ASCII just now"),
        pytest.param(b"<meta charset=x-user-defined>", "", WESTERN, id="x-user-defined"),
        pytest.param(b'<?xml version="1.0" encoding="windows-1251"?><rss/>', "", "cp1251", id="XML declaration"),
        pytest.param(b"<?xml version='1.0' encoding='Shift_JIS'?><html>", "", "cp932", id="with single quotes"),
        pytest.param(b"<?xml version='1.0' encoding='gbk'?><meta charset=koi8-r>", "", "koi8-r", id="meta before XML"),
        pytest.param("<?xml version='1.0'?>".encode("utf-16-le"), "", "utf-16-le", id="XML in UTF-16 without a mark"),
        pytest.param("<?xml version='1.0'?>".encode("utf-16-be"), "", "utf-16-be", id="the other way round"),
        pytest.param("<html><p>Привет".encode("utf-16-le"), "", "utf-16-le", id="UTF-16 that nothing says"),
        pytest.param("<html><p>Привет".encode("utf-16-be"), "", "utf-16-be", id="UTF-16, the other way round"),
        pytest.param(b"<p>x", "text/html; charset=utf-16", "utf-16-le", id="UTF-16 by the header"),
        pytest.param(b"<p>x", 'text/html; charset="windows-1251"', "cp1251", id="a quoted header"),
        pytest.param(b"<p>x", "text/html;x=y; Charset = 'windows-1251' ", "cp1251", id="a sloppy header"),
        pytest.param("<p>日本".encode("iso2022_jp"), "", "iso2022_jp", id="ISO-2022-JP that nothing says"),
        pytest.param("<p>été à ".encode() + b"\xc3", "", UTF8, id="UTF-8, ended between two bytes"),
        pytest.param(b"<p>" + "é".encode() * 60 + b"\xe9", "", UTF8, id="UTF-8 with one foreign letter"),
    ],
)
def test_whose_word_counts(head: bytes, content_type: str, codec: str) -> None:
    assert charset_of(head, content_type).codec == codec


# Every label of the Encoding standard in web-platform-tests. Browsers show nothing of the "replacement" encoding's.
LABELS = """
utf-8: unicode-1-1-utf-8 utf-8 utf8
cp866: 866 cp866 csibm866 ibm866
iso8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
iso8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
iso8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
iso8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
iso8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i
iso8859-6: iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
iso8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7
iso8859-7: iso_8859-7:1987 sun_eu_greek
iso8859-8: csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8
iso8859-8: iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical
iso8859-10: csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
iso8859-13: iso-8859-13 iso8859-13 iso885913
iso8859-14: iso-8859-14 iso8859-14 iso885914
iso8859-15: csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9
iso8859-16: iso-8859-16
koi8-r: cskoi8r koi koi8 koi8-r koi8_r
koi8-u: koi8-u
mac-roman: csmacintosh mac macintosh x-mac-roman
cp874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
cp1250: cp1250 windows-1250 x-cp1250
cp1251: cp1251 windows-1251 x-cp1251
cp1252: ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1
cp1252: iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252
cp1253: cp1253 windows-1253 x-cp1253
cp1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254
cp1254: x-cp1254
cp1255: cp1255 windows-1255 x-cp1255
cp1256: cp1256 windows-1256 x-cp1256
cp1257: cp1257 windows-1257 x-cp1257
cp1258: cp1258 windows-1258 x-cp1258
mac-cyrillic: x-mac-cyrillic x-mac-ukrainian
gb18030: chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030
big5hkscs: big5 big5-hkscs cn-big5 csbig5 x-x-big5
euc_jp: cseucpkdfmtjapanese euc-jp x-euc-jp
iso2022_jp: csiso2022jp iso-2022-jp
cp932: csshiftjis ms_kanji shift-jis shift_jis sjis windows-31j x-sjis
cp949: cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949
utf-16-be: utf-16be
utf-16-le: utf-16 utf-16le
"""
WPT_LABELS = [
    (label, codec)
    for line in LABELS.split("\n")
    if line
    for codec, _, rest in [line.partition(": ")]
    for label in rest.split()
]


def test_every_label_of_the_standard() -> None:
    found = {(label, getattr(labelled(f" {label.upper()}\t"), "codec", "")) for label, _ in WPT_LABELS}
    assert found == set(WPT_LABELS)
    assert len(WPT_LABELS) == 210


@pytest.mark.parametrize(
    "label", ["", "zlib", "rot13", "idna", "utf-7", "utf-8-sig", "hz-gb-2312", "cp037", "utf\u212a"]
)
def test_what_is_no_label(label: str) -> None:
    assert labelled(label) is None


@pytest.mark.parametrize("codec", sorted({charset.codec for charset in CHARSETS.values()} - {"iso2022_jp"}))
def test_every_byte_of_every_encoding_is_read(codec: str) -> None:
    label = next(label for label, charset in CHARSETS.items() if charset.codec == codec)
    assert decode_text(bytes(range(256)) * 4, f"text/html; charset={label}")


# A short text as it stands on an old page, and its encoding, which nothing says.
UNSAID = [
    ("你好，这是我的相册，照片都在这里。请大家不要转载，谢谢！", "gbk"),
    ("论坛 - 最新帖子 回复 登录 注册 搜索 帮助", "gbk"),
    ("照片", "gbk"),
    ("照片集", "gbk"),
    ("這是我的相簿，歡迎大家來看看照片。", "big5hkscs"),
    ("討論區 最新文章 登入 註冊 搜尋 會員", "big5hkscs"),
    ("これは私の写真アルバムです。コメントをどうぞ。", "cp932"),
    ("写真館 掲示板", "cp932"),
    ("カメラ", "cp932"),
    ("これは私の写真アルバムです。", "euc_jp"),
    ("ようこそ掲示板へ", "euc_jp"),
    ("안녕하세요. 제 사진 앨범입니다. 많은 관심 부탁드립니다.", "cp949"),
    ("게시판 로그인 회원가입 사진첩", "cp949"),
    ("Привет, это мой альбом с фотографиями", "cp1251"),
    ("Привет, это мой альбом с фотографиями", "koi8-r"),
    ("Привет, это мой альбом", "cp866"),
    ("Фото", "cp1251"),
    ("Альбом", "cp1251"),
    ("Форум Главная Поиск Вход", "koi8-r"),
    ("Ласкаво просимо до форуму, це мої світлини", "cp1251"),
    ("Καλώς ήρθατε στο φόρουμ μας", "cp1253"),
    ("שלום לכולם ברוכים הבאים לאלבום", "cp1255"),
    ("مرحبا بكم في منتدى الصور", "cp1256"),
    ("ยินดีต้อนรับสู่เว็บบอร์ด", "cp874"),
    ("Zażółć gęślą jaźń, zdjęcia użytkowników", "cp1250"),
    ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
    ("Fotoğraf albümü şu anda boş, üye girişi yapın", "cp1254"),
    ("Voilà mes photos de l’été, très réussies", "cp1252"),
    ("Schöne Grüße über München", "cp1252"),
    ("¿Qué tal? Niños en el jardín", "cp1252"),
    ("Coração, ação, não é", "cp1252"),
    ("café", "cp1252"),
    ("Välkommen, här är våra små bilder på ön", "cp1252"),
]


@pytest.mark.parametrize(("text", "codec"), UNSAID)
@pytest.mark.parametrize("around", ["%s", "<html><head><title>x</title></head><body><p>%s</p></body></html>"])
def test_an_encoding_that_nothing_says(text: str, codec: str, around: str) -> None:
    page = around % text
    assert decode_text(page.encode(codec), "text/html") == page


@pytest.mark.parametrize(
    ("markup", "codec", "label", "image"),
    [
        ('<img src="/照片.php?name=照片">', "gbk", "gbk", "/%E7%85%A7%E7%89%87.php?name=%D5%D5%C6%AC"),
        ('<img src="/a?n=фото">', "cp1251", "windows-1251", "/a?n=%F4%EE%F2%EE"),
        ('<img src="/a?n=写真">', "cp932", "x-sjis", "/a?n=%8E%CA%90%5E"),
        ('<img src="/a?n=사진">', "cp949", "korean", "/a?n=%BB%E7%C1%F8"),
        ('<img src="/a?n=été">', "cp1252", "latin1", "/a?n=%E9t%E9"),
        ('<img src="/a?n=€&amp;m=日">', "iso8859-15", "l9", "/a?n=%A4&m=%26%2326085%3B"),
        ('<img src="/a?n=фото">', "utf-8", "utf-8", "/a?n=%D1%84%D0%BE%D1%82%D0%BE"),
        ('<img src="/a?n=фото">', "utf-16-le", "utf-16", "/a?n=%D1%84%D0%BE%D1%82%D0%BE"),
        ('<img src="/a?n=%D0%B0">', "cp1251", "windows-1251", "/a?n=%D0%B0"),
        ('<div style="background:url(/a?n=фото)">', "cp1251", "windows-1251", "/a?n=%F4%EE%F2%EE"),
        ('<base href="/b/"><img srcset="a?n=фото 2x">', "cp1251", "windows-1251", "/b/a?n=%F4%EE%F2%EE"),
    ],
)
def test_queries_of_a_page_are_in_its_encoding(markup: str, codec: str, label: str, image: str) -> None:
    page = f"<html><body><p>x</p>{markup.replace('日', '&#26085;')}".encode(codec)
    content = read_html(ParseJob(Parser.HTML, "https://old.example/t/", f"text/html; charset={label}"), page)
    assert [ref.url.replace("%5E", "^") for ref in content.images] == [
        f"https://old.example{image}".replace("%5E", "^")
    ]


def test_a_next_page_is_asked_for_in_the_encoding_of_its_page() -> None:
    page = '<a rel=next href="?tag=фото&amp;page=2">2</a>'.encode("cp1251")
    content = read_html(ParseJob(Parser.HTML, "https://old.example/t", "text/html; charset=cp1251"), page)
    assert content.next_pages == ("https://old.example/t?tag=%F4%EE%F2%EE&page=2",)


@pytest.mark.parametrize(
    ("sheet", "content_type", "codec"),
    [
        pytest.param(b'@charset "windows-1251"; a{}', "text/css", "cp1251", id="its own rule"),
        pytest.param(b"@charset 'windows-1251'; a{}", "text/css", "utf-8", id="which is written in one way only"),
        pytest.param(b' @charset "windows-1251";', "text/css", "utf-8", id="at the very start"),
        pytest.param(b'@charset "windows-1251";', "text/css; charset=koi8-r", "koi8-r", id="header before rule"),
        pytest.param(b'@charset "utf-16";', "text/css", "utf-8", id="what cannot be"),
    ],
)
def test_the_encoding_of_a_sheet(sheet: bytes, content_type: str, codec: str) -> None:
    assert charset_of_sheet(sheet, content_type).codec == codec


def test_queries_of_a_sheet_are_in_its_encoding() -> None:
    sheet = '@charset "windows-1251";\na{background:url("/bg?n=фото")}'.encode("cp1251")
    content = read_css(ParseJob(Parser.CSS, "https://old.example/s.css", "text/css"), sheet)
    assert [ref.url for ref in content.images] == ["https://old.example/bg?n=%F4%EE%F2%EE"]


@given(st.binary(max_size=300), st.sampled_from([b"", b"<meta ", b"<?xml encoding=", b"<meta charset='", b"<!--"]))
def test_any_bytes_are_read(body: bytes, head: bytes) -> None:
    assert isinstance(decode_text(head + body), str)


@pytest.mark.parametrize(
    "body", [b"<" * 70_000, b"<meta " * 12_000, b"<a b=" * 15_000, b"<!--" * 20_000, b"\x80" * 300_000]
)
def test_a_hostile_head_costs_little(body: bytes) -> None:
    assert isinstance(decode_text(body), str)
