"""`python -m moeviz train`: trains the lab's model and prints what each step measured.

One flag per knob, read from `moeviz.config.KNOBS`, so that bounds and help are the lab's own. Knows
nothing of workers.
"""

from __future__ import annotations

import argparse
import errno
import json
import math
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from moeviz.analysis.verdict import (
    COLLAPSED_BELOW,
    COLLAPSED_UNTIL,
    Verdict,
    in_figures,
    verdicts_after,
)
from moeviz.config import KNOBS, ArmConfig, ConfigError, Knob, RunConfig
from moeviz.data.packages import PackageError
from moeviz.data.user_text import read_user_text
from moeviz.engine.until import LAST_STEP
from moeviz.records import AXES, WINDOW_STEPS, StepSnapshot, TrainingDiverged
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.ignored import ignored_knobs
from moeviz.routing.names import check_names
from moeviz.routing.routers import ROUTERS
from moeviz.routing.usual import usual_strengths

FLAGS = {name: knob.flag for name, knob in KNOBS.items() if knob.kind != "text"}
"""A text is read from a file."""

_CALLED = {name: knob.flag for name, knob in KNOBS.items()} | {
    "steps": "--steps", "text": "--text", "checkpoint": "--checkpoint",
}  # fmt: skip
"""What a refusal calls a field: the flag that gave it."""

_NAMED: Mapping[str, Mapping[str, object]] = {
    "balancer": BALANCERS,
    "router": ROUTERS,
}
_BALANCER = "switch where --aux is above 0, else none"

STEPS = Knob(
    "steps", "int", min(400, LAST_STEP), "Steps", "Training steps to take.", low=1, high=LAST_STEP
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A flag per knob, then what is trained on and what is written."""
    for name, flag in FLAGS.items():
        flags = (flag, *KNOBS[name].former_flags)
        parser.add_argument(*flags, dest=name, metavar="VALUE", help=_help(KNOBS[name]))
    parser.add_argument("--steps", default=str(STEPS.default), metavar="VALUE", help=_help(STEPS))
    parser.add_argument("--text", metavar="FILE", help="UTF-8 text to train on as one more domain")
    parser.add_argument("--json", action="store_true", help="print JSON Lines, one object per step")
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="write the trained weights as safetensors"
    )


def _help(knob: Knob) -> str:
    """What the knob does, the values that it takes, and the one that it has otherwise."""
    names = knob.choices or tuple(_NAMED.get(knob.name, ()))
    empty = f" ({knob.none_means})" if knob.kind == "optional_float" else ""
    allowed = "One of: " + ", ".join(names) if names else f"Range: {knob.bound}{empty}"
    default = _BALANCER if knob.name == "balancer" else knob.format(knob.default)
    return f"{knob.help} {allowed}. Default: {default}."


def run(options: argparse.Namespace) -> int:
    """Train; 0, or 1 when there is no text, the loss diverged or the weights were not written.

    Raises:
        ConfigError: for a bad argument, by its flag, before anything is trained.
    """
    try:
        config, steps = _arm_config(options), STEPS.parse(options.steps)
        checkpoint = _writable(options.checkpoint)
    except ConfigError as error:
        raise error.by_names(_CALLED) from None
    for note in (*_without_effect(config, options), *_unusual(config, options)):
        print(f"moeviz: {note}", file=sys.stderr)  # noqa: T201
    return _train(config, steps, as_json=options.json, checkpoint=checkpoint)


def _arm_config(options: argparse.Namespace) -> ArmConfig:
    given = {name: getattr(options, name) for name in FLAGS if getattr(options, name) is not None}
    knobs = {name: KNOBS[name].parse(text) for name, text in given.items()}
    if "balancer" not in knobs and knobs.get("aux_coefficient") == 0:
        knobs["balancer"] = "none"
    if options.text is not None:
        knobs["user_text"] = _text_file(options.text)
    arm = ArmConfig.of("A", knobs)
    check_names(arm.knobs)
    return arm


def _without_effect(arm: ArmConfig, options: argparse.Namespace) -> Iterator[str]:
    """The flags that were given and that this model does not read, and why; a strength of 0 is
    what it does anyway."""
    for name, why in ignored_knobs(arm.knobs).items():
        if getattr(options, name) is not None and arm.knobs[name] != 0:
            yield f"{FLAGS[name]} {getattr(options, name)} is without effect: {why}"


def _unusual(arm: ArmConfig, options: argparse.Namespace) -> Iterator[str]:
    """The strengths that were not given and are not those that the balancer usually has."""
    for name, usual in usual_strengths(arm.knobs).items():
        if getattr(options, name) is None and not arm.model.is_dense:
            has = KNOBS[name].format(arm.knobs[name])
            yield f"{FLAGS[name]} is {has}; {usual:g} is usual with {arm.balance.balancer}"


def _text_file(path: str) -> str:
    try:
        return read_user_text(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError("text", path, f"a readable file ({error.strerror})") from None


def _writable(path: str | None) -> Path | None:
    """Refuse a path that cannot be written before minutes of training; leaves nothing behind."""
    if path is None:
        return None
    target = Path(path).resolve()
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_device(target):
            with tempfile.TemporaryFile(dir=target.parent):
                pass
    except OSError as error:
        raise ConfigError("checkpoint", path, f"a writable file ({error.strerror})") from None
    return target


def _is_device(target: Path) -> bool:
    """Such as /dev/null: written to, never replaced."""
    return target.exists() and not target.is_file()


def _write_whole(target: Path, content: bytes) -> None:
    """Write the file, or raise OSError and leave the one that was there as it was."""
    if _is_device(target):
        target.write_bytes(content)
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _train(config: ArmConfig, steps: int, *, as_json: bool, checkpoint: Path | None) -> int:
    # Imported here: torch takes seconds, and a bad argument should be refused at once.
    import torch

    from moeviz.training.lockstep import LockstepTrainer

    torch.set_num_threads(1)
    try:
        trainer = LockstepTrainer(RunConfig((config,)))
    except PackageError as error:
        print(f"moeviz: {error}", file=sys.stderr)  # noqa: T201
        return 1
    show = _json_line if as_json else _plain_line
    verdicts: tuple[Verdict, ...] = ()
    try:
        for snapshot, tokens_per_s in _timed_steps(trainer, steps):
            verdicts = verdicts_after(verdicts, snapshot)
            print(show(snapshot, verdicts, tokens_per_s), flush=True)  # noqa: T201
    except TrainingDiverged as error:
        print(f"moeviz: stopped at {error}", file=sys.stderr)  # noqa: T201
        return 1
    try:
        if checkpoint:
            _write_whole(checkpoint, trainer.state())
    except OSError as error:
        print(f"moeviz: {checkpoint} was not written: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _timed_steps(trainer: Any, steps: int) -> Iterator[tuple[StepSnapshot, float]]:
    """Each step's record with the speed over the last WINDOW_STEPS steps."""
    ((name, tokens),) = trainer.tokens_per_step.items()
    times = deque([time.perf_counter()], maxlen=WINDOW_STEPS + 1)
    for _ in range(steps):
        snapshot = trainer.step()[name]
        times.append(time.perf_counter())
        yield snapshot, tokens * (len(times) - 1) / (times[-1] - times[0])


def _json_line(snapshot: StepSnapshot, verdicts: Sequence[Verdict], tokens_per_s: float) -> str:
    """One JSON object; what was not measured at this step is null.

    `expert_load`, `processed_load` and the metrics are taken over the last WINDOW_STEPS steps, the
    losses at this step; `verdict` is each layer's, judged from all steps so far.
    """
    told = [name for name, axes in AXES.items() if "E" not in axes]
    shown = {name: _plain(getattr(snapshot, name)) for name in told}
    shown["dead_experts"] = [None if n is None else int(n) for n in shown["dead_experts"]]
    loads = {
        "expert_load": _plain(snapshot.window_load),
        "processed_load": _plain(snapshot.window_processed_load),
    }
    judged = {"verdict": list(verdicts), "tokens_per_s": round(tokens_per_s, 1)}
    return json.dumps({**shown, **loads, **judged})


def _plain(value: Any) -> Any:
    """Lists and numbers for JSON, which has no NaN."""
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain_line(snapshot: StepSnapshot, verdicts: Sequence[Verdict], tokens_per_s: float) -> str:
    layers = zip(snapshot.entropy_above_collapse, verdicts, strict=True)
    standing = ", ".join(_in_words(float(h), verdict) for h, verdict in layers)
    return (
        f"step {snapshot.step:5d}  cross-entropy {snapshot.cross_entropy:.3f} nats  "
        f"entropy above collapse {standing}  {tokens_per_s:,.0f} tokens/s"
    )


def _in_words(h: float, verdict: Verdict) -> str:
    """A layer's word with the number that it agrees with; the word alone where h is undefined."""
    words = verdict.replace("_", " ")
    return words if math.isnan(h) else f"{in_figures(h, COLLAPSED_BELOW, COLLAPSED_UNTIL)} {words}"
