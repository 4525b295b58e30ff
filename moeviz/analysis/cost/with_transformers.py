"""A file's model as transformers builds it, component by component, beside the closed form.

Another process builds it, so that the caller imports neither torch nor transformers.
Knows nothing of pages or of the command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.config_json import inside_out, without_quantisation
from moeviz.accounting.config_text import parsed
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.weights import COMPONENTS, Component
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES
from moeviz.analysis.cost.tensor_names import by_component
from moeviz.config import ConfigError
from moeviz.texts import fill, strings

EXTRA = "moeviz[transformers]"
SECONDS = 120
_ROOT = Path(__file__).parents[3]
_WORDS = strings(__file__)


class NotBuilt(ValueError):
    """The model was not built: says why."""


@dataclass(frozen=True, slots=True)
class Built:
    """What transformers makes of a file.

    Attributes:
        version: of transformers. class_name: that was built.
        components: parameters of the text model. towers: of all else.
        unread: names in the file that its code mentions nowhere.
    """

    version: str
    class_name: str
    components: dict[Component, int]
    towers: int
    unread: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Of the text model."""
        return sum(self.components.values())


def is_installed() -> bool:
    """Whether transformers is installed."""
    return find_spec("transformers") is not None


def named_model(text: str) -> dict[str, Any] | None:
    """The file, where it is an object with a model_type that transformers may know."""
    try:
        values = parsed(text)
    except ConfigError:
        return None
    return values if isinstance(values.get("model_type"), str) else None


def build(file: Mapping[str, Any]) -> Built:
    """Build the file's model without memory; where it has no class, the model nested in it.

    Raises:
        NotBuilt: transformers is not installed, has no class, refuses the file or takes too long.
    """
    if not is_installed():
        raise NotBuilt(fill(_WORDS["missing"], extra=EXTRA))
    refused = ""
    for each in inside_out(without_quantisation(file)):
        answer = _ask(each)
        if "sizes" in answer:
            return _built(answer)
        refused = refused or answer["refused"]
    raise NotBuilt(refused)


def differences(architecture: Architecture, built: Built) -> dict[Component, tuple[int, int]]:
    """(counted, built) of the components that differ; none: they are equal.

    A head that the class leaves to the model around it is no difference.
    """
    counted = parameter_count(architecture).components
    return {
        name: (counted.get(name, 0), built.components.get(name, 0))
        for name in COMPONENTS
        if counted.get(name, 0) != built.components.get(name, 0)
        and not (name == "lm_head" and _is_body(built))
    }


def checked_words(architecture: Architecture, built: Built) -> Iterator[str]:
    """The verdict, and a sentence for each component that differs."""
    by = fill(_WORDS["by"], version=built.version, name=built.class_name)
    found = differences(architecture, built)
    if not found:
        yield fill(_WORDS["equal"], by=by)
    for name, (counted, other) in found.items():
        yield fill(
            _WORDS["differs"], component=COMPONENT_TITLES[name], counted=f"{counted:,}",
            built=f"{other:,}", by=by, difference=f"{other - counted:+,}",
        )  # fmt: skip
    if _is_body(built) and parameter_count(architecture).components.get("lm_head"):
        yield _WORDS["head"]
    if built.towers:
        yield fill(_WORDS["towers"], towers=f"{built.towers:,}")


def instantiated_words(built: Built) -> Iterator[str]:
    """Of a file that no closed form reads: how it was counted, and what of it had no effect."""
    yield fill(_WORDS["instantiated"], name=built.class_name, version=built.version)
    if built.towers:
        yield fill(_WORDS["towers"], towers=f"{built.towers:,}")
    if built.unread:
        yield fill(_WORDS["ignored"], names="; ".join(built.unread))


def _is_body(built: Built) -> bool:
    return built.class_name.endswith("Model")


def _ask(file: Mapping[str, Any]) -> dict[str, Any]:
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "critical",
        "OMP_NUM_THREADS": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "moeviz.model.from_transformers"],
            input=json.dumps(file), capture_output=True, text=True, timeout=SECONDS,
            env=environment, check=False,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NotBuilt(fill(_WORDS["too_long"], seconds=str(SECONDS))) from None
    except ValueError:
        raise NotBuilt(_WORDS["no_answer"]) from None
    return answer


def _built(answer: Mapping[str, Any]) -> Built:
    text = {name: answer["sizes"][name] for name in answer["text"]}
    towers = sum(answer["sizes"].values()) - sum(text.values())
    names = tuple(answer["unread"])
    return Built(answer["version"], answer["class"], by_component(text), towers, names)
