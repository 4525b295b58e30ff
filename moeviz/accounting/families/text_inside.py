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
        tied_by: whose `tie_word_embeddings` counts.
    """

    path: tuple[str, ...]
    readers: Mapping[str, Reader]
    chosen: bool = False
    same: Mapping[str, str] = field(default_factory=dict)
    tied_by: Literal["file", "text", "either"] = "file"

    def __call__(self, fields: Fields) -> Architecture:
        """The text model of a file with this structure."""
        text = self._text(fields)
        found = self.readers[self._model_type(text)](text)
        outer = fields.flag("tie_word_embeddings", default=False)
        tied = {"file": outer, "text": found.tied, "either": outer or found.tied}[self.tied_by]
        return replace(found, tied=tied, headless=False)

    def _text(self, fields: Fields) -> Fields:
        """Read with the names of the type that it says, or that its class takes."""
        for name in self.path[:-1]:
            fields = fields.inner(name)
        raw = fields.inner(self.path[-1])
        known = meanings()[self._model_type(raw)]
        return fields.inner(self.path[-1], known)

    def _model_type(self, text: Fields) -> str:
        """What a concrete class holds it reads, whatever type the object says, if no known one."""
        usual, said = next(iter(self.readers)), text.plain("model_type")
        said = self.same.get(said, said) if isinstance(said, str) else usual
        if said in self.readers:
            return said if self.chosen else usual
        known = meanings().get(said)
        if self.chosen or (known is not None and not known.inside):
            raise text.refuse("model_type", "one of " + ", ".join((*self.readers, *self.same)))
        return usual
