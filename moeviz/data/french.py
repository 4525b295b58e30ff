"""French stories from a grammar: articles, elision, gender, number and tense agree.

Knows nothing of the rest of the corpus. Grammar after Grevisse, Le bon usage.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from moeviz.data import french_words as words
from moeviz.data.french_grammar import (
    Phrase,
    Tense,
    agreeing,
    before_noun,
    contracted,
    determined,
    elided,
    finite,
)
from moeviz.data.french_words import Adjective, Noun
from moeviz.data.picking import chance, pick
from moeviz.data.story import Pattern, story

_TIMES: dict[Tense, tuple[str, ...]] = {
    "present": ("aujourd'hui", "maintenant", "ce matin", "parfois", "le soir"),
    "imparfait": ("autrefois", "chaque matin", "souvent", "en hiver", "à cette époque"),
    "passé composé": ("hier", "un jour", "lundi dernier", "soudain", "il y a trois jours"),
    "futur": ("demain", "bientôt", "la semaine prochaine", "plus tard", "un jour"),
}
_PLACE_WORDS = ("dans", "devant", "derrière", "près de", "loin de", "à côté de")
_NEGATIONS = ("pas", "plus", "jamais")
_PLURALS = {"definite": "les", "indefinite": "", "this": "ces", "own": "ses"}
"""Plural determiners; an indefinite plural takes a number."""


def french_story(random: Random, seen: set[str]) -> str:
    """A paragraph of sentences, none of which is in `seen`; they are added to it."""
    name, feminine = pick(random, words.NAMES)
    pronoun = Phrase("elle" if feminine else "il", feminine, pronoun=True)
    return story(random, seen, _PATTERNS, (Phrase(name, feminine), pronoun), _someone)


def _noun_phrase(
    random: Random,
    nouns: Sequence[Noun],
    qualities: Sequence[Adjective] = (),
    kinds: Sequence[str] = ("definite", "definite", "indefinite", "this"),
    many: bool | None = None,
) -> Phrase:
    """A noun with a determiner of one of the kinds, often with an adjective before or after it."""
    noun = pick(random, nouns)
    plural = chance(random, 0.3) if many is None else many
    kind = pick(random, kinds)
    draw = random.random()
    head = noun.plural if plural else noun.singular
    if draw < 0.3:
        head = before_noun(pick(random, words.BEFORE_NOUN), head, noun.feminine, plural)
    if not plural:
        text = determined(kind, head, noun.feminine)
    else:
        text = f"{_PLURALS[kind] or pick(random, words.NUMBERS)} {head}"
    if qualities and draw > 0.6:
        text += " " + agreeing(pick(random, qualities), noun.feminine, plural)
    return Phrase(text, noun.feminine, plural)


def _someone(random: Random, many: bool | None = None) -> Phrase:
    nouns = words.PEOPLE if chance(random, 0.6) else words.ANIMALS
    return _noun_phrase(random, nouns, words.OF_LIVING, many=many)


def _something(random: Random, owner: Phrase) -> Phrase:
    kinds = (
        ("definite", "indefinite", "this") if owner.plural else ("definite", "indefinite", "own")
    )
    return _noun_phrase(random, words.THINGS, words.OF_THINGS, kinds)


def _named(random: Random, subject: Phrase) -> Phrase:
    """The subject, or another person where a pronoun would be wrong."""
    return _someone(random) if subject.pronoun else subject


def _where(random: Random) -> str:
    place = _noun_phrase(random, words.PLACES, kinds=("definite",), many=False).text
    preposition = pick(random, _PLACE_WORDS)
    if preposition.endswith(" de"):
        return f"{preposition.removesuffix(' de')} {contracted('de', place)}"
    return f"{preposition} {place}"


def _whither(random: Random) -> str:
    place = _noun_phrase(random, words.PLACES, kinds=("definite",), many=False).text
    to_place = contracted("à", place)
    return pick(random, (to_place, f"jusqu'{to_place}", f"vers {place}"))


def _tense(random: Random) -> Tense:
    return pick(random, tuple(_TIMES))


def _opening(random: Random, tense: Tense) -> str:
    return f"{pick(random, _TIMES[tense])}, " if chance(random, 0.5) else ""


def _deed(random: Random, tense: Tense, subject: Phrase) -> str:
    """A predicate: a conjugated verb and what belongs to it."""
    draw = random.random()
    if draw < 0.35:
        verb, rest = pick(random, words.TAKING), _something(random, subject).text
    elif draw < 0.55:
        verb, rest = pick(random, words.MEETING), _someone(random).text
    elif draw < 0.8:
        verb, rest = pick(random, words.STAYING), _where(random)
    else:
        verb, rest = pick(random, words.GOING), _whither(random)
    return f"{finite(verb, tense, subject)} {rest}"


def _plain(random: Random, subject: Phrase) -> str:
    tense = _tense(random)
    return f"{_opening(random, tense)}{subject.text} {_deed(random, tense, subject)}"


def _with_place(random: Random, subject: Phrase) -> str:
    tense = _tense(random)
    taken = (
        f"{finite(pick(random, words.TAKING), tense, subject)} {_something(random, subject).text}"
    )
    return f"{_opening(random, tense)}{subject.text} {taken} {_where(random)}"


def _negated(random: Random, subject: Phrase) -> str:
    tense = _tense(random)
    verb = finite(pick(random, words.TAKING), tense, subject, pick(random, _NEGATIONS))
    thing = _noun_phrase(random, words.THINGS, words.OF_THINGS, ("definite", "this"))
    return f"{_opening(random, tense)}{subject.text} {verb} {thing.text}"


def _giving(random: Random, subject: Phrase) -> str:
    tense = _tense(random)
    verb = finite(pick(random, words.GIVING), tense, subject)
    receiver = _noun_phrase(random, words.PEOPLE, words.OF_LIVING)
    thing = _something(random, subject).text
    opening = _opening(random, tense)
    return f"{opening}{subject.text} {verb} {thing} {contracted('à', receiver.text)}"


def _wish(random: Random, subject: Phrase) -> str:
    tense = _tense(random)
    verb = finite(pick(random, words.WISHING), tense, subject)
    infinitive = pick(random, words.TAKING).infinitive
    thing = _something(random, subject).text
    return f"{_opening(random, tense)}{subject.text} {verb} {infinitive} {thing}"


def _reason(random: Random, subject: Phrase) -> str:
    tense: Tense = pick(random, ("present", "imparfait"))
    mood = agreeing(pick(random, words.OF_LIVING), subject.feminine, subject.plural)
    other = _someone(random)
    because = elided("parce que", f"{other.text} {_deed(random, tense, other)}")
    return f"{subject.text} {finite(words.BEING, tense, subject)} {mood} {because}"


def _relative(random: Random, subject: Phrase) -> str:
    who = _named(random, subject)
    tense: Tense = pick(random, ("present", "imparfait"))
    clause = f"qui {_deed(random, tense, who)}"
    mood = agreeing(pick(random, words.OF_LIVING), who.feminine, who.plural)
    return f"{who.text}, {clause}, {finite(words.BEING, tense, who)} {mood}"


def _comparison(random: Random, subject: Phrase) -> str:
    being = finite(words.BEING, pick(random, ("present", "imparfait", "futur")), subject)
    mood = agreeing(pick(random, words.OF_LIVING), subject.feminine, subject.plural)
    degree = pick(random, ("plus", "moins", "aussi"))
    return f"{subject.text} {being} {degree} {mood} {elided('que', _someone(random).text)}"


def _together(random: Random, subject: Phrase) -> str:
    first, second = _named(random, subject), _someone(random)
    both = Phrase(f"{first.text} et {second.text}", first.feminine and second.feminine, plural=True)
    return _plain(random, both)


def _there_is(random: Random, _: Phrase) -> str:
    tense = pick(random, ("il y a", "il y avait", "il y aura"))
    things = [
        _noun_phrase(random, nouns, qualities, ("indefinite",)).text
        for nouns, qualities in (
            (words.THINGS, words.OF_THINGS),
            (words.ANIMALS, words.OF_LIVING),
        )
    ]
    return f"{_where(random)}, {tense} {things[0]} et {things[1]}"


def _question(random: Random, subject: Phrase) -> str:
    kinds = ("definite", "this")
    thing = _noun_phrase(random, words.THINGS, words.OF_THINGS, kinds)
    asked = f"Où {finite(words.BEING, 'present', thing)} {thing.text} ?"
    if subject.pronoun:
        return f"« {asked} » demande-t-{subject.text}"
    return f"« {asked} » {'demandent' if subject.plural else 'demande'} {subject.text}"


def _meanwhile(random: Random, subject: Phrase) -> str:
    tense: Tense = pick(random, ("present", "imparfait", "futur"))
    other = _someone(random)
    clause = elided("pendant que", f"{other.text} {_deed(random, tense, other)}")
    return f"{clause}, {subject.text} {_deed(random, tense, subject)}"


_PATTERNS: tuple[Pattern[Phrase], ...] = (
    _plain,
    _plain,
    _with_place,
    _negated,
    _giving,
    _wish,
    _reason,
    _relative,
    _comparison,
    _together,
    _there_is,
    _question,
    _meanwhile,
)
