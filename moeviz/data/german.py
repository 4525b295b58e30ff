"""German stories from a grammar: case, gender, number, adjective endings and word order agree.

Knows nothing of the rest of the corpus. Grammar after Duden, Die Grammatik.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from moeviz.data import german_words as words
from moeviz.data.german_grammar import (
    Case,
    Clause,
    Form,
    Simple,
    Subject,
    Tense,
    adjective_ending,
    clause,
    declined,
    determiner,
    finite,
    joined,
)
from moeviz.data.german_words import Noun, Verb
from moeviz.data.picking import chance, pick
from moeviz.data.story import Pattern, story

_CONTRACTIONS = {"in dem": "im", "in das": "ins", "zu dem": "zum", "zu der": "zur"}
_TIMES: dict[Tense, tuple[str, ...]] = {
    "present": ("heute", "jetzt", "oft", "manchmal", "jeden Morgen", "am Abend", "im Winter"),
    "past": ("gestern", "damals", "vor drei Tagen", "eines Tages", "am Montag", "im Winter"),
    "perfect": ("gestern", "eben", "vor drei Tagen", "am Montag", "heute"),
    "future": ("morgen", "bald", "nächste Woche", "später", "am Sonntag"),
    "modal": ("heute", "morgen", "bald", "jetzt", "am Sonntag"),
    "past modal": ("gestern", "damals", "am Montag", "eines Tages"),
}


def german_story(random: Random, seen: set[str]) -> str:
    """A paragraph of sentences, none of which is in `seen`; they are added to it."""
    name, gender = pick(random, words.NAMES)
    pronoun = Subject("er" if gender == "m" else "sie", gender, pronoun=True)
    return story(random, seen, _PATTERNS, (Subject(name, gender), pronoun), _someone)


def _noun_phrase(
    random: Random,
    nouns: Sequence[Noun],
    qualities: Sequence[str],
    case: Case,
    kinds: Sequence[str] = ("der", "der", "ein", "dieser"),
    many: bool | None = None,
) -> tuple[str, Form]:
    """A noun with a determiner of one of the kinds, often with an adjective, in its case."""
    noun = pick(random, nouns)
    plural = chance(random, 0.3) if many is None else many
    form: Form = "plural" if plural else noun.gender
    kind = pick(random, kinds)
    if kind == "ein" and plural:
        kind = "number"
    first = pick(random, words.NUMBERS) if kind == "number" else determiner(kind, case, form)
    quality = ""
    if chance(random, 0.45):
        quality = pick(random, qualities) + adjective_ending(kind, case, form)
    return joined(first, quality, declined(noun, case, plural)), form


def _being(random: Random, case: Case, many: bool | None = None) -> tuple[str, Form]:
    nouns = words.PEOPLE if chance(random, 0.6) else words.ANIMALS
    return _noun_phrase(random, nouns, words.OF_LIVING, case, many=many)


def _someone(random: Random) -> Subject:
    return Subject(*_being(random, "nominative"))


def _named(random: Random, subject: Subject) -> Subject:
    """The subject, or another person where a pronoun would be wrong."""
    return _someone(random) if subject.pronoun else subject


def _something(random: Random, owner: Subject) -> str:
    if chance(random, 0.12):
        possessor = _noun_phrase(random, words.PEOPLE, words.OF_LIVING, "genitive", ("der",), False)
        return f"{_thing(random, ('der',))} {possessor[0]}"
    own = "sein" if owner.form in ("m", "n") else "ihr"
    return _thing(random, ("der", "ein", "dieser", "kein", own, own))


def _thing(random: Random, kinds: Sequence[str]) -> str:
    return _noun_phrase(random, words.THINGS, words.OF_THINGS, "accusative", kinds)[0]


def _at_place(random: Random, preposition: str, case: Case) -> str:
    place, _ = _noun_phrase(random, words.PLACES, words.OF_PLACES, case, ("der",), many=False)
    article, _, rest = place.partition(" ")
    together = f"{preposition} {article}"
    return f"{_CONTRACTIONS.get(together, together)} {rest}"


def _where(random: Random) -> str:
    return _at_place(random, pick(random, ("in", "in", "vor", "hinter", "neben")), "dative")


def _whither(random: Random) -> str:
    ways: tuple[tuple[str, Case], ...] = (
        ("in", "accusative"),
        ("durch", "accusative"),
        ("zu", "dative"),
        ("aus", "dative"),
    )
    return _at_place(random, *pick(random, ways))


def _tense(random: Random) -> Tense:
    return pick(random, tuple(_TIMES))


def _clause(random: Random, subject: Subject, tense: Tense, verb: Verb, middle: str) -> Clause:
    return clause(subject, tense, verb, middle, modal=pick(random, words.MODALS))


def _deed(random: Random, subject: Subject, tense: Tense) -> Clause:
    """What the subject does: one clause."""
    draw = random.random()
    if draw < 0.35:
        verb, middle = pick(random, words.TAKING), _something(random, subject)
    elif draw < 0.5:
        verb, middle = pick(random, words.MEETING), _being(random, "accusative")[0]
    elif draw < 0.6:
        verb, middle = pick(random, words.HELPING), _being(random, "dative")[0]
    elif draw < 0.8:
        verb, middle = pick(random, words.STAYING), _where(random)
    else:
        verb, middle = pick(random, words.GOING), _whither(random)
    return _clause(random, subject, tense, verb, middle)


def _opening(random: Random, tense: Tense) -> str:
    return pick(random, _TIMES[tense]) if chance(random, 0.5) else ""


def _plain(random: Random, subject: Subject) -> str:
    tense = _tense(random)
    return _deed(random, subject, tense).main(_opening(random, tense))


def _with_place(random: Random, subject: Subject) -> str:
    tense = _tense(random)
    middle = f"{_something(random, subject)} {_where(random)}"
    taken = _clause(random, subject, tense, pick(random, words.TAKING), middle)
    return taken.main(_opening(random, tense))


def _giving(random: Random, subject: Subject) -> str:
    tense = _tense(random)
    middle = f"{_being(random, 'dative')[0]} {_something(random, subject)}"
    given = _clause(random, subject, tense, pick(random, words.GIVING), middle)
    return given.main(_opening(random, tense))


def _reason(random: Random, subject: Subject) -> str:
    tense = _tense(random)
    other = _someone(random)
    conjunction = pick(random, ("weil", "obwohl", "während"))
    why = _deed(random, other, tense).subordinate(conjunction)
    return f"{_deed(random, subject, tense).main()}, {why}"


def _meanwhile(random: Random, subject: Subject) -> str:
    tense: Tense = pick(random, ("present", "past", "future"))
    front = _deed(random, _someone(random), tense).subordinate("während")
    return _deed(random, subject, tense).main(f"{front},")


def _saying(random: Random, subject: Subject) -> str:
    tense: Simple = pick(random, ("present", "past"))
    verb = finite(pick(random, words.SAYING), tense, subject.form == "plural")
    reported: tuple[Tense, ...] = ("past",) if tense == "past" else ("present", "perfect", "future")
    said = _deed(random, _someone(random), pick(random, reported))
    return f"{subject.text} {verb}, {said.subordinate('dass')}"


def _relative(random: Random, subject: Subject) -> str:
    who = _named(random, subject)
    tense: Simple = pick(random, ("present", "past"))
    relative = Subject(determiner("der", "nominative", who.form), who.form)
    being = finite(words.BEING, tense, who.form == "plural")
    mood = pick(random, words.OF_LIVING)
    return f"{who.text}, {_deed(random, relative, tense).subordinate('')}, {being} {mood}"


def _comparison(random: Random, subject: Subject) -> str:
    being = finite(words.BEING, pick(random, ("present", "past")), subject.form == "plural")
    other = _being(random, "nominative")[0]
    return f"{subject.text} {being} {pick(random, words.COMPARATIVES)} als {other}"


def _together(random: Random, subject: Subject) -> str:
    both = f"{_named(random, subject).text} und {_being(random, 'nominative')[0]}"
    return _plain(random, Subject(both, "plural"))


def _there_is(random: Random, _: Subject) -> str:
    verb = pick(random, ("gibt", "gab"))
    thing = _thing(random, ("ein", "kein"))
    animal = _noun_phrase(random, words.ANIMALS, words.OF_LIVING, "accusative", ("ein",))[0]
    return f"{_where(random)} {verb} es {thing} und {animal}"


def _question(random: Random, subject: Subject) -> str:
    kinds = ("der", "dieser", "mein", "dein")
    thing, form = _noun_phrase(random, words.THINGS, words.OF_THINGS, "nominative", kinds)
    asked = f"Wo {finite(words.BEING, 'present', form == 'plural')} {thing}?"
    return f"„{asked}“, {'fragen' if subject.form == 'plural' else 'fragt'} {subject.text}"


_PATTERNS: tuple[Pattern[Subject], ...] = (
    _plain,
    _plain,
    _with_place,
    _giving,
    _giving,
    _reason,
    _meanwhile,
    _saying,
    _relative,
    _comparison,
    _together,
    _there_is,
    _question,
)
