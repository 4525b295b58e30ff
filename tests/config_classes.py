"""What transformers' configuration classes make of a file, as the table that the readers use.

    python -m tests.config_classes      # writes moeviz/accounting/families/config_classes.json

Names are found by asking the classes: a name that `__post_init__` takes from its keywords is given
a value, and the field that then has it is the field that it means. Which one wins where both are
there is asked as well.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import logging
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from transformers import GenerationConfig, PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from moeviz.accounting import families
from moeviz.accounting.config_json import FAMILIES

PATH = Path(families.__file__).with_name("config_classes.json")
EVERY_CLASS = "*"
VALUES: tuple[Any, ...] = (7, True, False, 0.5, ["full_attention"], "FS", {"a": 7})
"""Tried in turn on a keyword whose type is not declared."""
TAKEN_BY_EVERY_CLASS = (
    "torch_dtype", "name_or_path", "_name_or_path", "_commit_hash", "num_labels", "rope_theta",
    "rope_scaling", "rope_type", "partial_rotary_factor", "output_attentions",
    "attn_implementation", "_attn_implementation", "experts_implementation", "model_type",
    "auto_map", "quantization_config", "use_cache",
)  # fmt: skip
"""Keywords of `PreTrainedConfig.__post_init__` and of what loads a file, whatever the family."""


def table() -> dict[str, Any]:
    """Of every family that has a class: its fields with their defaults, and its other names."""
    logging.getLogger("transformers").setLevel(logging.CRITICAL)
    names = {f.name for f in dataclasses.fields(PreTrainedConfig)} | set(TAKEN_BY_EVERY_CLASS)
    names |= set(GenerationConfig._get_default_generation_params())
    found: dict[str, Any] = {EVERY_CLASS: sorted(names)}
    for model_type in sorted(set(FAMILIES) & set(CONFIG_MAPPING)):
        found[model_type] = _class(CONFIG_MAPPING[model_type], names)
    return found


def written(found: dict[str, Any]) -> str:
    """The table as the file has it: a line for each family."""
    lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _class(cls: type[PreTrainedConfig], everywhere: set[str]) -> dict[str, Any]:
    other = cls.attribute_map
    taken = everywhere - {"tie_word_embeddings"} | set(cls.sub_configs_defaults)
    fields = [f for f in dataclasses.fields(cls) if f.name not in taken]
    last = {other.get(f.name, f.name): f for f in fields}
    defaults = {final: _plain(_default(f)) for final, f in last.items()}
    declared = [
        f.name for f in last.values()
    ]  # one that is set after another leaves no trace of it
    every = {f.name for f in fields}
    names = {name: final for name, final in other.items() if name not in every}
    weaker, forms = {}, []
    for keyword in keywords(cls):
        meant = _meant(cls, keyword, set(defaults))
        if meant is None:
            forms.append(keyword)
        elif _wins(cls, keyword, *meant):
            names[keyword] = meant[0]
        else:
            weaker[keyword] = meant[0]
    entry = {
        "class": cls.__name__,
        "defaults": defaults,
        "nullable": [name for name in defaults if _made(cls, {name: None}) is not None],
        "plain_names": {name: other[name] for name in declared if name in other},
        "late": [name for name in defaults if name not in every],
        "names": names,
        "keywords": [name for name in keywords(cls) if name in names],
        "weaker_names": weaker,
        "forms": forms,
        "undeclared": sorted(_read_by_models(cls) - {*declared, *other, *weaker, *forms, *taken}),
        "inside": {key: spec.model_type for key, spec in cls.sub_configs_defaults.items()},
        "objects": _objects(cls),
        "inner_names": sorted(_inside_objects(cls) - {*every, *names, *weaker, *forms, *taken}),
    }
    return {key: value for key, value in entry.items() if value}


def _read_by_models(cls: type[PreTrainedConfig]) -> set[str]:
    """Names that the modelling code beside a text model's class reads of its configuration."""
    found: set[str] = set()
    paths = () if cls.sub_configs_defaults else Path(inspect.getfile(cls)).parent.glob("mod*g_*.py")
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        methods = {id(call.func) for call in calls}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and id(node) not in methods:
                found |= {node.attr} if "config" in ast.unparse(node.value) else set()
        for call in calls:
            if ast.unparse(call.func) in ("getattr", "hasattr") and len(call.args) > 1:
                of, name = call.args[:2]
                if "config" in ast.unparse(of) and isinstance(name, ast.Constant):
                    found.add(name.value)
    return {name for name in found if not hasattr(PreTrainedConfig, name)}


def _inside_objects(cls: type[PreTrainedConfig]) -> set[str]:
    """Names that the class's own code mentions, where it looks into objects taken as they are."""
    found: set[str] = set()
    looks = False
    for each in cls.__mro__:
        own = vars(each).get("__post_init__")
        if own is None or each is PreTrainedConfig:
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(own)))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Subscript):
                looks |= isinstance(node.slice, ast.Constant) and ast.unparse(node) != "kwargs"
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                looks |= called.endswith(".get") and called != "kwargs.get"
    return {name for name in found if name.isidentifier()} if looks else set()


def _objects(cls: type[PreTrainedConfig]) -> dict[str, Any]:
    """Objects with fields of their own that are no model's (DBRX has two)."""
    found = {}
    for field in dataclasses.fields(cls):
        for each in get_args(field.type):
            own = isinstance(each, type) and issubclass(each, PreTrainedConfig)
            if own and each is not PreTrainedConfig and field.name not in cls.sub_configs_defaults:
                names = {f.name for f in dataclasses.fields(PreTrainedConfig)}
                found[field.name] = _class(each, names)
    return found


def keywords(cls: type[PreTrainedConfig]) -> list[str]:
    """Names that a class's own `__post_init__` takes from what is no field."""
    found: list[str] = []
    for each in cls.__mro__:
        own = vars(each).get("__post_init__")
        if own is None or each is PreTrainedConfig or not issubclass(each, PreTrainedConfig):
            continue
        found += _taken(ast.parse(textwrap.dedent(inspect.getsource(own))))
    return list(dict.fromkeys(name for name in found if name not in TAKEN_BY_EVERY_CLASS))


def _taken(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("pop", "get", "setdefault")
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "kwargs"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value


def _meant(cls: type, keyword: str, fields: set[str]) -> tuple[str, Any] | None:
    """The one field that takes the keyword's value as it is, whatever that is, and such a value."""
    plain, found = _made(cls, {}), None
    for value in VALUES:
        given = _made(cls, {keyword: value})
        if plain is None or given is None:
            continue
        changed = [name for name in fields if given.get(name) != plain.get(name)]
        if changed and (len(changed) > 1 or given[changed[0]] != value):
            return None
        if changed:
            found = changed[0], value
    return found


def _wins(cls: type, keyword: str, field: str, value: Any) -> bool:
    """Whether the keyword counts where the field itself is given, too."""
    others = [each for each in VALUES if each != value] + [value * 2]
    made = [_made(cls, {keyword: value, field: other}) for other in others]
    return all(each[field] == value for each in made if each is not None)


def _made(cls: type, given: dict[str, Any]) -> dict[str, Any] | None:
    """Fields of a configuration made with these; None where its class refuses them."""
    try:
        return dict(vars(cls(**given)))
    except Exception:  # the classes raise whatever their own code comes to
        return None


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return None if field.default_factory is dataclasses.MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    """As JSON has it; None for what a file cannot say."""
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return None


if __name__ == "__main__":
    PATH.write_text(written(table()), encoding="utf-8")
