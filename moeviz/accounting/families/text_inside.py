"""Files of models that also see, hear or speak: their text models, with the head of the whole one.

Towers for images and sound, what joins them to the text, and talkers are not counted. Knows nothing
of what is inside a text model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.fields import Fields
from moeviz.accounting.meaning import meanings

Reader = Callable[[Fields], Architecture]


@dataclass(frozen=True, slots=True)
class TextInside:
    """Where a file holds its text model.

    Attributes:
        path: objects from the file to the text model.
        readers: by the text model's `model_type`; the first is the class's own.
        chosen: whether the text model's own `model_type` picks among them; else the first reads it.
        same: `model_type` → the one whose class reads it.
        tied_by: whose `tie_word_embeddings` counts: that of the object around the text model, its
            own, either, or neither: its class keeps two tables.
    """

    path: tuple[str, ...]
    readers: Mapping[str, Reader]
    chosen: bool = False
    same: Mapping[str, str] = field(default_factory=dict)
    tied_by: Literal["around", "text", "either", "neither"] = "around"

    def __call__(self, fields: Fields) -> Architecture:
        """The text model of a file with this structure."""
        for name in self.path[:-1]:
            fields = fields.inner(name, fields.meaning_inside(name))
        model_type = self._model_type(fields.inner(self.path[-1]))
        text = fields.inner(self.path[-1], meanings()[model_type])
        found = self.readers[model_type](text)
        if self.tied_by == "text":
            return replace(found, headless=False)
        around = fields.flag("tie_word_embeddings", default=False) and self.tied_by != "neither"
        if self.tied_by != "either":
            text.forget("tie_word_embeddings")
        tied = around or (found.tied and self.tied_by == "either")
        return replace(found, tied=tied, headless=False)

    def _model_type(self, text: Fields) -> str:
        found = self.model_type_of(text.plain("model_type"))
        if found is None:
            raise text.refuse("model_type", "one of " + ", ".join((*self.readers, *self.same)))
        return found

    def model_type_of(self, said: object) -> str | None:
        """The type whose class reads the object; None where it names another family.

        What a concrete class holds it reads, whatever type the object says, if no known one.
        """
        usual = next(iter(self.readers))
        said = self.same.get(said, said) if isinstance(said, str) else usual
        if said in self.readers:
            return said if self.chosen else usual
        known = meanings().get(said)
        return None if self.chosen or (known is not None and not known.inside) else usual
