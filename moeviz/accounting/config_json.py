"""A Hugging Face `config.json` read into an `Architecture`: exact, or refused with the reason.

What the file leaves out is what its family's configuration class takes, and is said. Knows no
family.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_text import parsed, size_in_bytes
from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.families.text_inside import TextInside
from moeviz.accounting.fields import Fields
from moeviz.accounting.meaning import ANY_NAME, PER_LAYER, Meaning, Reading, meanings
from moeviz.accounting.quantisation import weights_as
from moeviz.config import ConfigError, length

MAX_READ_BYTES = 1_000_000
"""Of a file without its lists of quantised layers."""

QUANTISATION = "quantization_config"

LEAST_ALIKE = 0.55
"""Names of families that are less alike than this share of their letters are not suggested."""


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """What a configuration file describes, and what of it is not counted.

    Attributes:
        notes: sentences for people: parts of the file that an `Architecture` leaves out.
        longest: positions that it says it is made for; None where it says nothing.
        reading: what was filled in, renamed, overruled or left unread.
        weights_as: the number format of its `quantization_config`, by a name in `PRECISIONS`;
            None where it has none or one that is not known.
    """

    model_type: str
    architecture: Architecture
    notes: tuple[str, ...] = ()
    longest: int | None = None
    reading: Reading = field(default_factory=Reading)
    weights_as: str | None = None


def read_config_json(text: str) -> ImportedModel:
    """Raises ConfigError naming the field, its value and the bound."""
    values, size = parsed(text), size_in_bytes(text)
    if size > MAX_READ_BYTES:
        rest = size_in_bytes(json.dumps(without_quantisation(values), ensure_ascii=False))
        if rest > MAX_READ_BYTES:
            bound = f"at most {MAX_READ_BYTES:,} bytes beside {QUANTISATION}"
            raise ConfigError("config.json", length(rest, "byte"), bound)
    return read_config(values)


def read_config(values: Mapping[str, Any]) -> ImportedModel:
    """As `read_config_json`, of what is parsed already."""
    model_type = values.get("model_type")
    reader = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if reader is None or not isinstance(model_type, str):
        raise unknown_family(values)
    reading, rest = Reading(), without_quantisation(values)
    architecture = reader(Fields(rest, meanings()[model_type], reading=reading))
    levels = tuple(_levels(rest, model_type))
    objects = dict(reading.objects)
    for level in levels:
        objects.pop(level.label, None)
        reading.unread += _unread(level, reading)
    for label, (inside, meaning) in objects.items():
        reading.unread += _unread(_Level(inside, meaning, label), reading)
    return ImportedModel(
        model_type,
        architecture,
        tuple(_notes(levels, architecture)),
        _longest(levels[-1]),
        reading,
        weights_as(_quantisation(values, model_type)),
    )


@dataclass(frozen=True, slots=True)
class _Level:
    """The file, or an object in it.

    Attributes:
        meaning: how the family's code reads its fields.
        model_type: of an object that holds a model's fields.
    """

    values: Mapping[str, Any]
    meaning: Meaning
    label: str = ""
    model_type: str = ""

    def named(self, name: str) -> str:
        """A field's name with its place in the file: "text_config.hidden_size"."""
        return f"{self.label}.{name}" if self.label else name


def _levels(values: Mapping[str, Any], model_type: str) -> Iterator[_Level]:
    """From the file to the text model that was counted."""
    reader, label = FAMILIES[model_type], ""
    yield _Level(values, meanings()[model_type], model_type=model_type)
    if not isinstance(reader, TextInside):
        return
    for name in reader.path:
        model_type = meanings()[model_type].inside[name]
        values, label = values[name], f"{label}.{name}" if label else name
        if name == reader.path[-1]:
            model_type = reader.model_type_of(values.get("model_type")) or model_type
        yield _Level(values, meanings()[model_type], label, model_type)


def _unread(level: _Level, reading: Reading) -> list[str]:
    """Names that the family's code does not read; raises ConfigError where that is not known."""
    unread = [name for name in level.values if not _is_read(level, name, reading)]
    for name in unread:
        value = level.values[name]
        if not level.meaning.from_class and value is not None:
            bound = "absent, because moeviz does not know whether it shapes a tensor"
            raise ConfigError(level.named(name), value, bound)
    if level.values.get(PER_LAYER) and level.named(PER_LAYER) not in reading.asked:
        value = level.values[PER_LAYER]
        raise ConfigError(
            level.named(PER_LAYER), value, "absent, because moeviz does not read it for this family"
        )
    return [level.named(name) for name in unread]


def _is_read(level: _Level, name: str, reading: Reading) -> bool:
    """Whether the family's code does anything with the field, as far as is known."""
    if level.meaning.any_name:
        return level.named(name) in reading.asked or name in level.meaning.idle
    return level.meaning.takes(name)


def _longest(level: _Level) -> int | None:
    """Positions that the text model says it is made for."""
    text = Fields(level.values, ANY_NAME, level.label)
    return text.optional_size(next(filter(text.has, _POSITIONS), _POSITIONS[0]))


_POSITIONS = ("max_position_embeddings", "max_seq_len", "model_max_length")

_TOWERS = {
    "vision_config": "the vision tower and its projector",
    "audio_config": "the audio encoder",
    "talker_config": "the talker",
    "code2wav_config": "the sound decoder",
}
_PREDICTORS = (
    "num_nextn_predict_layers", "num_mtp_layers", "num_mtp_modules", "mtp_num_hidden_layers",
    "mtp_config",
)  # fmt: skip


def _notes(levels: Sequence[_Level], architecture: Architecture) -> Iterator[str]:
    """What the file has that is not counted, and that a dense model is one."""
    towers = [
        words
        for name, words in _TOWERS.items()
        if any(level.values.get(name) is not None and level.meaning.takes(name) for level in levels)
    ]
    if towers:
        listed = " and ".join((", ".join(towers[:-1]), towers[-1])) if towers[1:] else towers[0]
        plural = towers[1:] or "vision_config" in levels[0].values
        yield f"The text model alone: {listed} {'are' if plural else 'is'} not counted."
    for name in _PREDICTORS:
        if any(level.values.get(name) not in (None, 0) for level in levels):
            yield f"The layers for multi-token prediction ({name}) are not counted."
    if any(not each.chosen[0] for each in architecture.weights()):
        yield "Experts for images are counted as stored; a token of text uses none of them."
    if all(stack.mixture is None for stack in architecture.stacks):
        yield "A dense model: it has no experts, and a token uses every parameter."


class NotCounted(ConfigError):
    """A refusal of a file, and a sentence more: what else may count it, or why that did not."""

    def __init__(self, error: ConfigError, more: str) -> None:
        super().__init__(error.field, error.value, error.bound)
        self.args = (f"{str(error).removesuffix('.')}. {more}",)


def unknown_family(values: Mapping[str, Any]) -> ConfigError:
    """The refusal of a `model_type`: which are the nearest, and whether a known one is inside."""
    model_type = values.get("model_type")
    more = [
        f"Its {path} is a {known}: count that object as a file of its own."
        for path, known in _known_inside(values)
    ]
    named = model_type if isinstance(model_type, str) else ""
    nearest = get_close_matches(named, FAMILIES, cutoff=LEAST_ALIKE)
    if nearest:
        more.insert(0, f"The nearest: {', '.join(nearest)}.")
    elif not more:
        more.append("The page Your config.json lists them under How this is computed.")
    known_ones = f"one of the {len(FAMILIES)} that moeviz reads"
    return NotCounted(ConfigError("model_type", model_type, known_ones), " ".join(more))


def _known_inside(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Path and `model_type` of the outermost objects that hold a known family's fields."""
    for name, value in values.items():
        if not isinstance(value, Mapping):
            continue
        known, path = value.get("model_type"), f"{within}.{name}" if within else name
        if isinstance(known, str) and known in FAMILIES:
            yield path, known
        else:
            yield from _known_inside(value, path)


def inside_out(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The file, and the objects on the way to its text model as files of their own."""
    yield values
    model_type = values.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        return
    for level in tuple(_levels(values, model_type))[1:]:
        yield {**level.values, "model_type": level.model_type}


def _quantisation(values: Mapping[str, Any], model_type: str) -> Mapping[str, Any] | None:
    """The file's, or that of its text model."""
    levels = [level.values.get(QUANTISATION) for level in _levels(values, model_type)]
    return next((each for each in levels if isinstance(each, Mapping)), None)


def without_quantisation(values: Mapping[str, Any]) -> dict[str, Any]:
    """The file without its lists of quantised layers, which no count depends on."""
    return {
        name: without_quantisation(value) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if name != QUANTISATION
    }
