"""What a family's own code makes of a file: other names of a field, defaults, what lies inside.

Two tables hold it: `families/config_classes.json`, read off transformers' configuration classes by
`tests/config_classes.py`, and `families/own_code.json`, by hand, for families whose code comes with
their files. Knows no reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from moeviz.config import ConfigError, Unquoted

EVERY_CLASS = "*"
"""The entry of a table with names that all of its families take."""

PER_LAYER = "per_layer_config"
"""Fields of single layers, by their numbers."""

SHARED = frozenset((PER_LAYER, "tie_word_embeddings"))
"""What every class of transformers reads, declared by it or not."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One family's names.

    Attributes:
        class_name: of transformers' configuration class; "" where the code comes with the file.
        defaults: of every field that it declares.
        nullable: fields for which its class accepts null.
        names: other name → field; the other name counts where both are there.
        keywords: of those, the ones that the class takes before the rest: the rest overrules them.
        weaker_names: the same, where the field itself counts.
        plain_names: the same of fields that the class declares under the other name alone.
        late: such fields; their own names count where both are there.
        forms: further names that readers may ask for: those whose value says in a form of its own
            what fields say, and those that the model's code reads though no class declares them.
        inside: object in the file → `model_type` whose fields it holds.
        objects: object in the file → meaning of its fields, where they are no model's.
        inner_names: that the class mentions, in objects of which it declares no fields.
        idle: names that are taken and shape neither tensors nor cache.
        source: where a table by hand was read.
        any_name: of an object whose names only its reader knows.
    """

    class_name: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    nullable: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    weaker_names: Mapping[str, str] = field(default_factory=dict)
    plain_names: Mapping[str, str] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    inside: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Meaning] = field(default_factory=dict)
    inner_names: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()
    source: str = ""
    any_name: bool = False

    def final(self, name: str) -> str:
        """The field that a name means."""
        others = (self.names, self.weaker_names, self.plain_names)
        return next((found[name] for found in others if name in found), name)

    def reads(self, name: str) -> bool:
        """Whether a reader may see what a file says under this field's name."""
        shared = self.from_class and name in SHARED
        return (
            self.any_name
            or shared
            or any(name in known for known in (self.defaults, self.forms, self.inside))
        )

    def takes(self, name: str) -> bool:
        """Whether the family's code does anything at all with this name."""
        return self.reads(self.final(name)) or name in self.idle

    def inside_of(self, name: str) -> Meaning:
        """Of the fields of an object that is no model's: a table of its own, or any name."""
        any_name = Meaning(self.class_name, any_name=True, idle=self.inner_names)
        return self.objects.get(name, any_name)

    @property
    def from_class(self) -> bool:
        """Whether transformers has the configuration class."""
        return bool(self.class_name)


ANY_NAME = Meaning(any_name=True)
NULL = Unquoted("null")
"""What a refusal shows of a field that is there without a value."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """Two names of one field that disagree: what the one said, and which name counts."""

    name: str
    value: Any
    by: str


@dataclass(slots=True)
class Reading:
    """What was done with a file beside taking its fields as they are.

    Attributes:
        defaults: field → value that the file does not say, of fields that were asked for.
        renamed: name in the file → field that it means, of those.
        overruled: of those.
        unread: names in the file that the family's code does not read.
        asked: fields that the reader asked for.
        objects: label → values and meaning of each object inside that was read.
    """

    defaults: dict[str, Any] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    overruled: list[Overruled] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    objects: dict[str, tuple[Mapping[str, Any], Meaning]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stated:
    """A file under its fields' final names.

    Attributes:
        values: field → value. said: field → name under which the file has it.
        overruled: other names of the fields that do not count, by field.
        early: field → value before other names are taken: what a class computes from.
    """

    values: Mapping[str, Any]
    said: Mapping[str, str]
    overruled: Mapping[str, Overruled]
    early: Mapping[str, Any]


def resolved(values: Mapping[str, Any], meaning: Meaning, within: str = "") -> Stated:
    """As transformers resolves names: fields, then keywords, then other names as the file has them.

    Raises:
        ConfigError: two names that disagree where no class decides between them, or null where
            none says what it means.
    """
    found: dict[str, Any] = {}
    said: dict[str, str] = {}
    overruled: dict[str, Overruled] = {}
    early = dict(meaning.defaults)
    for name in _in_order(values, meaning):
        final, value = meaning.final(name), values[name]
        if value is None and not meaning.from_class and final not in meaning.nullable:
            if meaning.defaults.get(final):
                usual = f"stated, or left out: then it is {json.dumps(meaning.defaults[final])}"
                raise ConfigError(f"{within}.{name}" if within else name, NULL, usual)
            continue
        if final in found and found[final] == value and type(found[final]) is type(value):
            continue
        if final in found and found[final] is not None and found[final] != value:
            if not meaning.from_class:
                wanted = f"{found[final]!r} as {said[final]} is"
                raise ConfigError(f"{within}.{name}" if within else name, value, wanted)
            if name in meaning.weaker_names:
                overruled[final] = Overruled(name, value, said[final])
                continue
            overruled[final] = Overruled(said[final], found[final], name)
        found[final], said[final] = value, name
        if name not in meaning.names and name not in meaning.late:
            early[final] = value
    return Stated(found, said, overruled, early)


def _in_order(values: Mapping[str, Any], meaning: Meaning) -> list[str]:
    """What is declared, then what counts only where that is not there, then what overrules it."""
    known = [name for name in values if meaning.reads(meaning.final(name))]
    over = [name for name in known if name in meaning.names or name in meaning.late]
    over.sort(key=lambda name: name not in meaning.keywords)
    weaker = [name for name in known if name in meaning.weaker_names]
    return [*(name for name in known if name not in (*over, *weaker)), *weaker, *over]


@cache
def meanings() -> Mapping[str, Meaning]:
    """By `model_type`. Read once, at first use."""
    classes, own = _table("config_classes.json"), _table("own_code.json")
    shared = {"idle": classes.pop(EVERY_CLASS)}
    shared_by_own = {"idle": [*shared["idle"], *own.pop(EVERY_CLASS)["idle"]]}
    found = {name: _meaning({**entry, **shared}) for name, entry in classes.items()}
    for name, entry in own.items():
        full = {**own[entry["same"]], **entry} if "same" in entry else entry
        idle = [*full.get("idle", ()), *shared_by_own["idle"]]
        found[name] = _meaning({**full, "idle": idle})
    return found


def _table(name: str) -> dict[str, Any]:
    text = resources.files("moeviz.accounting.families").joinpath(name).read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _meaning(entry: Mapping[str, Any]) -> Meaning:
    return Meaning(
        class_name=entry.get("class", ""),
        defaults=entry.get("defaults", {}),
        nullable=frozenset(entry.get("nullable", ())),
        names=entry.get("names", {}),
        keywords=tuple(entry.get("keywords", ())),
        weaker_names=entry.get("weaker_names", {}),
        plain_names=entry.get("plain_names", {}),
        late=frozenset(entry.get("late", ())),
        forms=frozenset((*entry.get("forms", ()), *entry.get("undeclared", ()))),
        inside=entry.get("inside", {}),
        objects={key: _meaning(value) for key, value in entry.get("objects", {}).items()},
        inner_names=frozenset(entry.get("inner_names", ())),
        idle=frozenset(entry.get("idle", ())),
        source=entry.get("source", ""),
    )
