"""Objects and lists as scripts write them: what JSON allows, and bare words as keys, single quotes, commas too many,
calls and whatever else stands between. Read from left to right, once; nothing is run. Pure."""

from __future__ import annotations

import re
from json import JSONDecoder

MAX_LITERAL_CHARS = 256 * 1024  # of one text, beside the JSON in it
MAX_DOCUMENTS = 20  # tried as JSON in one text
MIN_DOCUMENT_CHARS = 2000  # shorter ones are read with the rest
MAX_LITERAL_DEPTH = 100
LOOSE = ""
"""The key of what stands in an object without one: blocks of code, arguments of calls."""

# No part backs up over more than 200 characters: an escape outside of a string is a token too, so that a quote that
# nothing closes is tried once. What says nothing is taken together with what follows.
_TOKEN = re.compile(
    r"""(?:[A-Za-z_$][\w$]{0,80}+(?!\s{0,8}[:=])|[\s().!&|<>?*%^~+-])*+(?:"""
    r"""("(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`)"""
    r"""|([{\[])|([}\]])|([,;])"""
    r"""|([A-Za-z_$][\w$-]{0,80}+)"""
    r"""|(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)"""
    r"""|(?<=[=(,:;!&|?\[{}\n ])/(?![/*])(?:[^/\\\[\n]|\\.|\[[^\]\\\n]{1,60}+\]){1,200}+/"""
    r"""|(?<![:"'\w/])//[^\n]{0,2000}|/\*[^*]{0,2000}\*/|\\.)?""",
    re.DOTALL,
)
# What `escapejs` and `e('js')` of template engines make of `"key":`, `["` and `{"`.
_QUOTES_ESCAPED = ("\\x22", "\\u0022", "\\x27", "\\u0027", "\\u{22}", "\\u{27}")
_QUOTE = r"\\(?:[xu](?:00)?2[27]|u\{2[27]\})"
_ESCAPED_DATA = re.compile(
    rf"{_QUOTE}(?:\s|\\(?:x|u00|u\{{)20\}}?){{0,4}}(?::|\\(?:x|u00|u\{{)3a)"
    rf"|(?:[\[{{]|\\(?:x|u00|u\{{)[57]b\}}?)\s{{0,4}}{_QUOTE}",
    re.IGNORECASE,
)
_ANY_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|.)", re.IGNORECASE | re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|\r\n|.)", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_OPENING = re.compile(r"[=(]\s{0,8}([{\[])")
_DECODER = JSONDecoder()
_GIVES = re.compile(r"\s{0,20}(?::(?!:)|=(?![=>]))")  # the word before it is a key


def documents_in(text: str) -> list[object]:
    """The JSON that a script gives to names and calls, then what else stands in it (`literal_of`). Never raises."""
    found: list[object] = []
    rest, at = [], 0
    for start in _OPENING.finditer(text) if len(text) > MIN_DOCUMENT_CHARS else ():
        if start.start(1) < at:
            continue
        if len(found) >= MAX_DOCUMENTS:
            break
        try:
            document, end = _DECODER.raw_decode(text, start.start(1))
        except (ValueError, RecursionError):
            document, end = None, start.end()
        if end - start.start(1) > MIN_DOCUMENT_CHARS:
            rest.append(text[at : start.start(1)])
            at = end
        found.append(document if at == end else None)
    rest.append(text[at:])
    return [*(document for document in found if document is not None), literal_of("null".join(rest))]


def literal_of(text: str) -> dict[str, object]:
    """All of it as one object: what is given to names, and under `LOOSE` what is not. Never raises."""
    text = text[:MAX_LITERAL_CHARS]
    root: dict[str, object] = {}
    stack: list[dict[str, object] | list[object]] = [root]
    keys = [LOOSE]  # of each of the stack: the key that waits for its value
    for token in _TOKEN.finditer(text):
        kind = token.lastindex
        if kind is None:
            continue
        word, start = token[kind], token.start(kind)
        if kind == 1:
            if _GIVES.match(text, token.end()) and isinstance(stack[-1], dict):
                keys[-1] = unescaped(word[1:-1])
            elif not _is_piece(text, start, token.end(), word):
                _put(stack[-1], keys[-1], unescaped(word[1:-1]))
        elif kind == 2:
            child: dict[str, object] | list[object] = {} if word == "{" else []
            if len(stack) < MAX_LITERAL_DEPTH:
                _put(stack[-1], keys[-1], child)
                stack.append(child)
                keys.append(LOOSE)
        elif kind == 3:
            if len(stack) > 1 and isinstance(stack[-1], dict) == (word == "}"):
                stack.pop()
                keys.pop()
                keys[-1] = LOOSE
        elif kind == 4:
            keys[-1] = LOOSE
        elif kind == 5:
            if isinstance(stack[-1], dict) and _GIVES.match(text, token.end()):
                keys[-1] = word
        elif keys[-1] or isinstance(stack[-1], list):
            _put(stack[-1], keys[-1], float(word) if "." in word else int(word))
    return root


def unescaped(body: str) -> str:
    r"""What a string of a script says: `\x2f`, `\u002F`, `\u{2f}` and `\/` are all a slash."""
    return _ESCAPE.sub(_plain, body) if "\\" in body else body


def with_plain_escapes(text: str) -> str:
    r"""A script whose strings hold JSON with escaped quotes: `\x22` and `\u0022` become `\"`, and what else is written
    so becomes itself. It means the same, and what looks for words in scripts finds them. Once, from left to right."""
    if not any(quote in text for quote in _QUOTES_ESCAPED) or not _ESCAPED_DATA.search(text):
        return text
    return _ANY_ESCAPE.sub(_shorter, text)


def _shorter(escape: re.Match[str]) -> str:
    written = escape[0]
    if len(written) < 4:
        return written
    number = int(written[2:].strip("{}"), 16)
    if not 0x20 <= number < 0x7F or number == ord("$"):  # a piece of what is put together begins with that
        return written
    return "\\" + chr(number) if chr(number) in "\"'`\\" else chr(number)


def _plain(escape: re.Match[str]) -> str:
    what = escape[1]
    if len(what) > 1 and what[0] in "xu":
        number = int(what[1:].strip("{}"), 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _PLAIN_ESCAPES.get(what, what)


def _is_piece(text: str, start: int, end: int, word: str) -> bool:
    """Is it only a piece of what the script puts together? (`"/img/" + name + ".jpg"`)"""
    around = text[max(0, start - 8) : start].rstrip()[-1:] + text[end : end + 8].lstrip()[:1]
    return "+" in around or (word[0] == "`" and "${" in word)


def _put(into: dict[str, object] | list[object], key: str, value: object) -> None:
    if isinstance(into, list):
        into.append(value)
    elif key and key not in into:
        into[key] = value
    elif not isinstance(value, int | float):
        loose = into.setdefault(LOOSE, [])
        if isinstance(loose, list):
            loose.append({key: value} if key else value)
