"""German declension, conjugation and word order, as the stories use them.

Knows no pattern of a sentence and draws no word. Grammar after Duden, Die Grammatik.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moeviz.data import german_words as words
from moeviz.data.german_words import Noun, Verb

Case = Literal["nominative", "accusative", "dative", "genitive"]
Form = Literal["m", "f", "n", "plural"]
Simple = Literal["present", "past"]
Tense = Literal["present", "past", "perfect", "future", "modal", "past modal"]

_DEFINITE: dict[Case, dict[Form, str]] = {
    "nominative": {"m": "der", "f": "die", "n": "das", "plural": "die"},
    "accusative": {"m": "den", "f": "die", "n": "das", "plural": "die"},
    "dative": {"m": "dem", "f": "der", "n": "dem", "plural": "den"},
    "genitive": {"m": "des", "f": "der", "n": "des", "plural": "der"},
}
_EIN_ENDINGS: dict[Case, dict[Form, str]] = {
    "nominative": {"m": "", "f": "e", "n": "", "plural": "e"},
    "accusative": {"m": "en", "f": "e", "n": "", "plural": "e"},
    "dative": {"m": "em", "f": "er", "n": "em", "plural": "en"},
    "genitive": {"m": "es", "f": "er", "n": "es", "plural": "er"},
}
_MIXED_ENDINGS: dict[Form, str] = {"m": "er", "f": "e", "n": "es"}
"""Adjective endings after an ein-word; feminine and neuter also in the accusative."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A nominative phrase, and what has to agree with it."""

    text: str
    form: Form
    pronoun: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause in its parts, which word order arranges; `middle` holds objects and places."""

    subject: str
    finite: str
    middle: str
    end: str

    def main(self, front: str = "") -> str:
        """Verb second: `front`, or else the subject, stands before it."""
        opening = (front, self.finite, self.subject) if front else (self.subject, self.finite)
        return joined(*opening, self.middle, self.end)

    def subordinate(self, conjunction: str) -> str:
        """Finite verb last."""
        return joined(conjunction, self.subject, self.middle, self.end, self.finite)


def joined(*parts: str) -> str:
    """The parts that are not empty, with blanks between them."""
    return " ".join(part for part in parts if part)


def declined(noun: Noun, case: Case, plural: bool) -> str:
    """The noun in its case; datives plural end in n or s, weak nouns take their -n."""
    if plural:
        bare = case == "dative" and noun.plural[-1] not in "ns"
        return noun.plural + "n" if bare else noun.plural
    if case == "nominative" or (case != "genitive" and not noun.weak):
        return noun.nominative
    return noun.genitive


def adjective_ending(kind: str, case: Case, form: Form) -> str:
    """The ending after a determiner of that kind: "der", "dieser", an ein-word, or a number."""
    if kind == "number":
        return {"nominative": "e", "accusative": "e", "dative": "en", "genitive": "er"}[case]
    if form == "plural" or case in ("dative", "genitive"):
        return "en"
    if case == "accusative" and form == "m":
        return "en"
    return "e" if kind in ("der", "dieser") else _MIXED_ENDINGS[form]


def determiner(kind: str, case: Case, form: Form) -> str:
    """The article or other determiner; `kind` is its nominative masculine form."""
    if kind == "der":
        return _DEFINITE[case][form]
    if kind == "dieser":
        ending = _DEFINITE[case][form][1:]
        return "dies" + {"ie": "e", "as": "es"}.get(ending, ending)
    return kind + _EIN_ENDINGS[case][form]


def finite(verb: Verb, tense: Simple, plural: bool) -> str:
    """The conjugated form of the third person."""
    if tense == "past":
        return verb.pasts if plural else verb.past
    if plural:
        return "sind" if verb is words.BEING else verb.infinitive
    return verb.present


def clause(subject: Subject, tense: Tense, verb: Verb, middle: str, modal: Verb) -> Clause:
    """The clause in that tense; the modal tenses make `modal` its finite verb."""
    plural = subject.form == "plural"
    if tense in ("present", "past"):
        return Clause(subject.text, finite(verb, tense, plural), middle, "")
    if tense == "perfect":
        auxiliary = words.BEING if verb.auxiliary == "sein" else words.HAVING
        return Clause(subject.text, finite(auxiliary, "present", plural), middle, verb.participle)
    if tense == "future":
        return Clause(subject.text, finite(words.WILL, "present", plural), middle, verb.infinitive)
    modal_tense: Simple = "past" if tense == "past modal" else "present"
    return Clause(subject.text, finite(modal, modal_tense, plural), middle, verb.infinitive)
