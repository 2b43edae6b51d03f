"""A notice beside an address says, in the registry's own language, that nobody reads it; and what only looks like
one."""

from __future__ import annotations

import unicodedata

import pytest

from monitor.takedown.rdap.notices import said_against
from tests.takedown.rdap.shapes import abuse, email, holder, network, remark
from tests.takedown.rdap.test_rdap_shapes import of_network

DISUSED = [
    pytest.param("Do not use this address.", "do not use", id="en"),
    pytest.param("This mailbox is no longer monitored", "no longer monitored", id="en: no longer"),
    pytest.param("Bitte diese Adresse NICHT verwenden!", "nicht verwenden", id="de"),
    pytest.param("Dieses Postfach wird nicht mehr gelesen.", "nicht mehr gelesen", id="de: no longer read"),
    pytest.param("Diese Adresse ist ungültig", "ist ungültig", id="de: invalid"),
    pytest.param("No utilice esta dirección", "no utilice", id="es"),
    pytest.param("Por favor, no use esta dirección", "no use esta", id="es: a word that English has too"),
    pytest.param("Esta casilla ya no se lee", "ya no se lee", id="es: no longer read"),
    pytest.param("Ne pas utiliser cette adresse", "ne pas utiliser", id="fr"),
    pytest.param("N\u2019utilisez plus cette adresse", "n'utilisez plus", id="fr: a typographic apostrophe"),
    pytest.param("Cette boîte n'est plus consultée", "n'est plus consultée", id="fr: no longer read"),
    pytest.param("Não utilize este endereço", "não utilize", id="pt"),
    pytest.param("NAO USE ESTE ENDERECO", "nao use", id="pt: without its accents"),
    pytest.param("Este endereço não é mais válido", "não é mais válido", id="pt: no longer valid"),
    pytest.param("Dit adres niet meer gebruiken", "niet meer gebruiken", id="nl"),
    pytest.param("Deze mailbox wordt niet gelezen", "niet gelezen", id="nl: not read"),
    pytest.param("Non usare questo indirizzo", "non usare", id="it"),
    pytest.param("L'indirizzo non è più attivo", "non è più attivo", id="it: no longer in use"),
    pytest.param("Пожалуйста, не используйте этот адрес", "не используйте", id="ru"),
    pytest.param("Адрес больше не действует", "не действует", id="ru: no longer in use"),
    pytest.param("Адрес НЕДЕЙСТВИТЕЛЕН", "недействителен", id="ru: invalid, in capitals"),
]
IN_USE = [
    pytest.param("Send abuse reports here. Used for nothing else.", id="en"),
    pytest.param("There is no use in calling", id="en: a word that Spanish has too"),
    pytest.param("Missbrauch bitte an diese Adresse melden, nicht an das NOC", id="de"),
    pytest.param("Para denunciar abusos use esta dirección", id="es"),
    pytest.param("Horario: no los domingos. Utilice el formulario", id="es: a word that says no"),
    pytest.param("Veuillez utiliser cette adresse, pas une autre", id="fr"),
    pytest.param("Use este endereço para abusos", id="pt"),
    pytest.param("Gebruik dit adres, niet het algemene", id="nl"),
    pytest.param("Usare questo indirizzo per abusi; non telefonare", id="it"),
    pytest.param("Пишите на этот адрес, если есть жалобы", id="ru"),
    pytest.param("Anonutilizenet ltd, Veniet gelezenstraat", id="words inside others"),
    pytest.param("", id="nothing"),
]


@pytest.mark.parametrize(("text", "words"), DISUSED)
def test_what_says_that_nobody_reads_it(text: str, words: str) -> None:
    assert said_against(text) == words
    assert said_against(unicodedata.normalize("NFD", text)) == words
    assert said_against(text.replace(" ", "\n  ")) == words
    contact = of_network(network(holder(), abuse(email("old@hoster.example"), remarks=remark("Info", text))))
    assert not contact.email and "stands beside a notice" in contact.why


@pytest.mark.parametrize("text", IN_USE)
def test_what_only_looks_like_it(text: str) -> None:
    assert said_against(text) == ""
    contact = of_network(network(holder(), abuse(email("abuse@hoster.example"), remarks=remark(text))))
    assert contact.email == "abuse@hoster.example"


@pytest.mark.parametrize(
    ("beside_it", "of_the_network", "is_used"),
    [
        pytest.param("x " * 3_000 + "do not use this address", "", False, id="behind pages of other words"),
        pytest.param("", "Do not send reports to Abuse@hoster.example, nobody reads it", False, id="by name"),
        pytest.param(
            "", "Reports to abuse@hoster.example. Do not write to info@hoster.example.", True, id="of another address"
        ),
        pytest.param("", "The name servers are not monitored", True, id="of something else"),
    ],
)
def test_a_notice_counts_wherever_it_stands(beside_it: str, of_the_network: str, is_used: bool) -> None:
    desk = abuse(email("abuse@hoster.example"), remarks=remark(beside_it))
    contact = of_network(network(holder(), desk, remarks=remark(of_the_network)))
    assert (contact.email == "abuse@hoster.example") is is_used, contact.why
