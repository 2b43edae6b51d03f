"""html5lib's tree-construction data: every document is read, and as the standard builds it."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from monitor.crawl.extract.page import read_html
from monitor.crawl.urls import absolute
from monitor.model.page import ParseJob
from tests.standards.published import Tree, trees

AT = "http://a.example/b/"
PICTURE = "http://a.example/holiday.jpg"
TREES = trees()


def test_all_of_it_is_here() -> None:
    assert len(TREES) == 1564


def seen(data: str) -> list[tuple[str, dict[str, str]]]:
    root = LexborHTMLParser(data).root
    nodes = root.traverse(include_text=False) if root else iter(())
    found = [(str(node.tag), {key: value or "" for key, value in node.attributes.items()}) for node in nodes]
    return [(tag, attributes) for tag, attributes in found if tag[:1] not in ("-", "!", "?")]


def lower(elements: list[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    return [(tag.lower(), attributes) for tag, attributes in elements]


def test_the_elements_and_attributes_are_those_of_the_standard() -> None:
    """But in a <select>, where the standard has since come to allow what it dropped when the data were written: what
    is in there is read, not lost."""
    differ = [tree for tree in TREES if lower(seen(tree.data)) != lower(list(tree.elements))]
    assert [tree.place for tree in differ if "<select" not in tree.data] == []
    assert len(differ) <= 20
    for tree in differ:
        assert len(seen(tree.data)) >= len(tree.elements)


def test_every_link_of_the_tree_is_found() -> None:
    links = 0
    for tree in TREES:
        content = read_html(ParseJob("html", AT, select_links="a", same_site=False), tree.data.encode())
        written = [attributes["href"] for tag, attributes in tree.elements if tag == "a" and "href" in attributes]
        expected = {url for href in written if (url := absolute(AT, href))}
        assert set(content.links) == expected, tree.place
        links += len(expected)
    assert links >= 9


@pytest.mark.rows(1)
@pytest.mark.parametrize("where", ["before", "behind"])
def test_a_picture_beside_any_of_it_is_found_where_the_tree_has_it(where: str) -> None:
    """The data hold no picture with an address, so one is put beside each document."""
    image = f"<img src={PICTURE}>"
    found = 0
    for tree in TREES:
        data = image + tree.data if where == "before" else tree.data + image
        content = read_html(ParseJob("html", AT), data.encode())
        urls = [url for ref in content.images for url in (ref.url, *ref.alternatives)]
        if ("img", {"src": PICTURE}) in seen(data):
            assert PICTURE in urls, (tree.place, data)
            found += 1
    assert found >= (len(TREES) if where == "before" else 1000)


def test_a_picture_inside_any_element_is_found() -> None:
    """In each place of the standard's trees that may hold one."""
    names = sorted({tag for tree in TREES for tag, _ in tree.elements if tag.isalnum()})
    held = 0
    for tag in names:
        data = f"<body><{tag}><img src={PICTURE}></{tag}>"
        if ("img", {"src": PICTURE}) not in seen(data):
            continue
        content = read_html(ParseJob("html", AT), data.encode())
        assert [ref.url for ref in content.images] == [PICTURE], tag
        held += 1
    assert held >= 100


def test_the_tree_format_is_read() -> None:
    tree = next(tree for tree in TREES if tree.place == "tests1.dat 79")
    assert isinstance(tree, Tree)
    assert [attributes for tag, attributes in tree.elements if tag == "a"] == [{"href": "blah"}, {"href": "foo"}]
