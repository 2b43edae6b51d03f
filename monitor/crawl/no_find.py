"""Addresses at which nothing can have been found, by themselves alone: searches and log-in forms. Pure."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.crawl.deeds import without_ending
from monitor.hosts import host_of


class NoFind(StrEnum):
    SEARCH = "search"  # what it shows is another thing tomorrow
    LOGIN = "login"


_SEARCH_PARTS = frozenset(
    "search searches searching imgres imghp suche suchen recherche rechercher buscar busca busqueda pesquisa pesquisar "
    "cerca ricerca zoeken szukaj arama ara поиск sok".split()
)
_LOGIN_PARTS = frozenset(
    "login log-in log_in signin sign-in sign_in wp-login authwall checkpoint logon anmelden connexion iniciar-sesion "
    "entrar accedi inloggen".split()
)
_WORDS_IN = frozenset("q query search search_query wd text p keyword keywords term".split())
_ENGINES = (  # whose front page answers too; the first labels of a host
    "google. images.google. duckduckgo. html.duckduckgo. lite.duckduckgo. bing. yandex. ya. yahoo. search. baidu. "
    "image.baidu. qwant. startpage. ecosia. mojeek. kagi. tineye. presearch. swisscows."
).split()


def no_find_at(url: str) -> NoFind | None:
    """url: as `decisions.add` takes it. None: something may have been."""
    parts = urlsplit(url)
    path = [without_ending(unquote(part)).casefold() for part in parts.path.split("/") if part]
    asked = dict(parse_qsl(parts.query))
    if (path and path[-1] in _LOGIN_PARTS) or (path[-1:] == ["ucp"] and asked.get("mode") == "login"):
        return NoFind.LOGIN
    if not _SEARCH_PARTS.isdisjoint(path):
        return NoFind.SEARCH
    host = host_of(url).removeprefix("www.")
    is_engines = any(host.startswith(known) for known in _ENGINES)
    return NoFind.SEARCH if is_engines and not _WORDS_IN.isdisjoint(asked) else None
