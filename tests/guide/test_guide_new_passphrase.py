"""What is a good passphrase, and the words that are offered."""

from __future__ import annotations

import math
import secrets
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.guide import new_passphrase
from monitor.guide.new_passphrase import bits, offered, passphrase_words, why_weak

PERSON = ("Jane Doe", "jane@mail.example", "jdoe_7")


@pytest.mark.parametrize(
    ("passphrase", "told"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("  - ", "empty", id="blanks"),
        pytest.param("hunter2", "can be guessed", id="a word and a digit"),
        pytest.param("correct horse", "Two words", id="two words"),
        pytest.param("Correct-Horse Battery staple!", "tries this one first", id="a famous one"),
        pytest.param("password password password password", "repeats itself", id="one word again and again"),
        pytest.param("my cat is in the house", "can be guessed", id="little words count little"),
        pytest.param("jane doe 1990 berlin", "Your name", id="what others know"),
        pytest.param("P@ssw0rd!2024", "can be guessed", id="signs for letters"),
        pytest.param("tr0ub4dor&3", "can be guessed", id="a word, turned"),
        pytest.param("1234567890123456", "can be guessed", id="digits in order"),
        pytest.param("aaaaaaaaaaaaaaaaaaaaaa", "can be guessed", id="one letter"),
        pytest.param("zyxwvutsrqponmlkjihg fedcba", "can be guessed", id="the alphabet backwards"),
        pytest.param("qwertyuiop asdfghjkl", "can be guessed", id="rows of keys"),
        pytest.param("004917612345", "can be guessed", id="a telephone number"),
        pytest.param("jane loves her four cats", "Your name", id="a name in a sentence"),
        pytest.param("jdoe loves four small dogs", "Your name", id="the account's name"),
        pytest.param("Janes example garlic thunder pencil", "Your name", id="the mail address"),
        pytest.param("anna loves her four cats", "most common words", id="a sentence of common words"),
        pytest.param("we had been happy all summer", "most common words", id="another sentence"),
        pytest.param("mother father brother sister dog cat", "most common words", id="common words that are none"),
    ],
)
def test_weak(passphrase: str, told: str) -> None:
    assert told in why_weak(passphrase, PERSON)


@pytest.mark.parametrize(
    "passphrase",
    [
        pytest.param("unpaved stardom reversing cosmos", id="four words"),
        pytest.param("treppe lampe wolke gurke", id="of another language"),
        pytest.param("TreppeLampeWolkeGurke", id="written together, each with a capital"),
        pytest.param("лестница лампа облако огурец", id="of other letters"),
        pytest.param("山猫 月光 鉛筆", id="of other signs"),
        pytest.param("xK9!qzT4#mWp", id="from a password program"),
        pytest.param("jane unpaved stardom reversing cosmos", id="a name beside four words"),
        pytest.param("window garlic bicycle thunder", id="four plain things"),
        pytest.param("my unpaved stardom was reversing the cosmos", id="four rare words in a sentence"),
    ],
)
def test_good(passphrase: str) -> None:
    assert why_weak(passphrase, PERSON) == ""


@given(st.text(max_size=60))
def test_anything_typed_is_judged(passphrase: str) -> None:
    assert bits(passphrase) >= 0 and why_weak(passphrase).endswith((".", ""))


def test_six_words_are_drawn_from_the_list() -> None:
    drawn = offered(secrets.choice).split()
    assert len(drawn) == 6 and set(drawn) <= set(passphrase_words())
    assert why_weak(" ".join(drawn)) == "" or len(set(drawn)) < 6
    assert offered(lambda words: words[0]) == " ".join([passphrase_words()[0]] * 6), "each of them is drawn anew"


def test_the_list_is_as_long_as_is_said() -> None:
    words = passphrase_words()
    assert len(words) == len(set(words)) and all(word.isascii() and word.isalpha() for word in words)
    assert all(word == word.lower() and 3 <= len(word) <= 9 for word in words)
    assert math.log2(len(words)) * 6 > 77
    assert not {"underage", "revenge", "photo", "undress", "shame"} & set(words), "nobody is to write these down here"


def test_no_word_is_another_ones_beginning() -> None:
    """So what was written without blanks can still be read."""
    words = sorted(passphrase_words())
    assert not [pair for pair in pairwise(words) if pair[1].startswith(pair[0])]


def test_famous_ones_are_as_they_are_compared() -> None:
    assert all(one == one.lower() for one in new_passphrase._FAMOUS)
