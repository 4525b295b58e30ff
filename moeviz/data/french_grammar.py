"""French elision, contraction, agreement and conjugation, as the stories use them.

Knows no pattern of a sentence and draws no word. Grammar after Grevisse, Le bon usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moeviz.data import french_words as words
from moeviz.data.french_words import Adjective, Verb

Tense = Literal["present", "imparfait", "passé composé", "futur"]

_VOWELS = frozenset("aeiouhâàéèêëîïôûAEIOUHÂÀÉÈÊËÎÏÔÛ")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, and what has to agree with it."""

    text: str
    feminine: bool
    plural: bool = False
    pronoun: bool = False


def elided(word: str, following: str) -> str:
    """`word` (de, ne, que) before `following`, with its e elided before a vowel sound."""
    return f"{word[:-1]}'{following}" if following[0] in _VOWELS else f"{word} {following}"


def contracted(preposition: Literal["de", "à"], phrase: str) -> str:
    """de + le → du, de + les → des, à + le → au, à + les → aux; de elides before a vowel."""
    article, _, rest = phrase.partition(" ")
    if article in ("le", "les") and rest:
        forms = {"de": {"le": "du", "les": "des"}, "à": {"le": "au", "les": "aux"}}
        return f"{forms[preposition][article]} {rest}"
    return elided("de", phrase) if preposition == "de" else f"à {phrase}"


def agreeing(adjective: Adjective, feminine: bool, plural: bool) -> str:
    """The adjective's form, not before a vowel."""
    if plural:
        return adjective.feminines if feminine else adjective.masculines
    return adjective.feminine if feminine else adjective.masculine


def determined(kind: str, first: str, feminine: bool) -> str:
    """A singular determiner of that kind before the word `first`, joined to it."""
    vowel = first[0] in _VOWELS
    if kind == "definite" and vowel:
        return f"l'{first}"
    masculine_form, feminine_form = {
        "definite": ("le", "la"),
        "indefinite": ("un", "une"),
        "this": ("cet" if vowel else "ce", "cette"),
        "own": ("son", "son" if vowel else "sa"),
    }[kind]
    return f"{feminine_form if feminine else masculine_form} {first}"


def finite(verb: Verb, tense: Tense, subject: Phrase, negation: str = "") -> str:
    """The verb conjugated for the subject, with ne … negation around its finite part."""
    ending = ("aient" if subject.plural else "ait", "ont" if subject.plural else "a")
    participle = ""
    if tense == "present":
        form = verb.presents if subject.plural else verb.present
    elif tense == "imparfait":
        form = verb.past_stem + ending[0]
    elif tense == "futur":
        form = verb.future_stem + ending[1]
    elif verb.with_etre:
        form = words.BEING.presents if subject.plural else words.BEING.present
        participle = f" {verb.participle}{'e' * subject.feminine}{'s' * subject.plural}"
    else:
        form, participle = ending[1], f" {verb.participle}"
    negated = f"{elided('ne', form)} {negation}" if negation else form
    return negated + participle


def before_noun(adjective: Adjective, noun: str, feminine: bool, plural: bool) -> str:
    """The adjective and the noun that follows it: bel oiseau, vieille amie."""
    if not plural and not feminine and noun[0] in _VOWELS:
        return f"{adjective.before_vowel} {noun}"
    return f"{agreeing(adjective, feminine, plural)} {noun}"
