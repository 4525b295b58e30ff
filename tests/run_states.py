"""What a tab makes of the channel's records, written a second time: the plain loops of
`run_state.js`, and of what its lines and loads should be.

A test holds the two against each other on one list of records of a real engine.
`python -m tests.run_states` writes that list and the states to `tests/js/fixtures/records.json`.
"""

from __future__ import annotations

import base64
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import Until
from moeviz.live.records import Known, as_text, record

FIXTURE = Path(__file__).parent / "js" / "fixtures" / "records.json"
WAIT_S = 60

State = dict[str, Any]


def applied(before: State | None, told: Mapping[str, Any]) -> State | None:
    """The state after a record; None when the record builds on something else."""
    if told["after"] is not None and (
        before is None or [before["revision"], before["step"]] != told["after"]
    ):
        return None
    base: State = before if before is not None and told["after"] is not None else {}
    arms = {arm["name"]: arm for arm in base.get("arms", [])}
    return {
        **{
            name: told[name]
            for name in ("run", "revision", "step", "ticket", "state", "reason", "notice", "begun")
        },
        "atRest": told["at_rest"],
        "trains": told["trains"],
        **{name: told[name] for name in ("rate", "models", "checkpoints", "experiment")},
        "marks": told.get("marks", base.get("marks", [])),
        "verdicts": told.get("verdicts", base.get("verdicts", [])),
        "arms": [_arm(arms.get(name), name, each) for name, each in told["arms"].items()],
    }


_NEW_ARM = {
    "summary": "", "dense": False, "n_experts": 0, "n_layers": 0, "capacity_share": None,
    "colours": [], "knobs": {}, "starts": {}, "ignored": {}, "usual": {}, "scheduled": [],
    "off_since": None,
    "latest": {}, "words": None,
    "lines": {"stride": 1, "columns": {}}, "load": {"stride": 1, "bytes": []},
}  # fmt: skip


def _arm(before: State | None, name: str, told: Mapping[str, Any]) -> State:
    arm = {**(before or _NEW_ARM), "name": name}
    for key in arm.keys() & told.keys() - {"lines", "load"}:
        arm[key] = told[key]
    if lines := told.get("lines"):
        kept, first = arm["lines"]["columns"], lines["first"]
        columns = {
            column: [kept.get(column, [[]] * len(new))[i][:first] + part for i, part in _parts(new)]
            if new and isinstance(new[0], list)
            else kept.get(column, [])[:first] + new
            for column, new in lines["columns"].items()
        }
        arm["lines"] = {"stride": lines["stride"], "columns": columns}
    if load := told.get("load"):
        codes, blocks = base64.b64decode(load["bytes"]), load["blocks"]
        size = len(codes) // blocks if blocks else 0
        new_blocks = [list(codes[b * size : (b + 1) * size]) for b in range(blocks)]
        kept_blocks = arm["load"]["bytes"][: load["first"]]
        arm["load"] = {"stride": load["stride"], "bytes": kept_blocks + new_blocks}
    return arm


def _parts(values: list[Any]) -> list[tuple[int, list[Any]]]:
    return list(enumerate(values))


def block_means(values: Sequence[float], most: int) -> tuple[int, list[float | None]]:
    """A column's stride and means: the fewest steps a block, a power of two, that give `most`
    blocks at the most; NaN left out, None where nothing is left."""
    stride = 1
    while math.ceil(len(values) / stride) > most:
        stride *= 2
    means: list[float | None] = []
    for start in range(0, len(values), stride):
        present = [v for v in values[start : start + stride] if not math.isnan(v)]
        means.append(sum(present) / len(present) if present else None)
    return stride, means


def engine_records() -> list[dict[str, Any]]:
    """Records of a run on a real engine, taken while it rests, so that they come out the same.

    It passes merges of blocks, changes of knobs and steps back; one arm is dense.
    """
    config = RunConfig(
        (
            ArmConfig.of("A", {"balancer": "none", "n_experts": 3, "n_layers": 1}),
            ArmConfig.of("B", {"n_experts": 2, "n_layers": 2}),
            ArmConfig.of("dense", {"dense_width": 64, "n_layers": 1}),
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        engine = LocalEngine("tests.fakes:CountingTrainer", directory=Path(folder))
        try:
            return _recorded(engine, engine.prepare(config, "me"))
        finally:
            engine.shutdown()


def _recorded(engine: LocalEngine, run: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    known: Known | None = None

    def take() -> None:
        nonlocal known
        status = engine.wait(run, lambda status: status.obeyed, WAIT_S)
        histories = engine.history(run)
        message, known = record(status, histories, "charts", known)
        for arm in message["arms"].values():
            if words := arm.get("words"):
                words["heading"] = words["sentence"] = "…"  # others hold how it is put
        told.append(json.loads(as_text({**message, "run": "run"})))

    def train_to(step: int) -> None:
        engine.resume(run, Until("step", step))
        engine.wait(run, lambda status: status.step == step, WAIT_S)
        take()

    def turn(knobs: dict[str, Any], arm: str | None = None) -> None:
        ticket = engine.set(run, knobs, arm)
        engine.wait(run, lambda status: status.settled.newest >= ticket, WAIT_S)
        take()

    take()
    for step in (1, 30):
        train_to(step)
    turn({"aux_coefficient": 0.5}, "A")
    for step in (199, 201, 230):
        train_to(step)
    turn({"top_k": 2, "capacity_factor": 1.25})
    train_to(410)
    engine.rewind(run, 230)
    take()
    train_to(260)
    engine.reset(run)
    take()
    train_to(3)
    return told


def fixture() -> dict[str, Any]:
    """The records, and by the number of the record the states that they lead to: the last one, and
    each before the records begin anew."""
    states: list[State | None] = []
    records = engine_records()
    for told in records:
        states.append(applied(states[-1] if states else None, told))
    ends = [i for i in range(len(records)) if [*records, {"after": None}][i + 1]["after"] is None]
    return {"records": records, "states": {str(i): states[i] for i in ends}}


def main() -> None:
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(fixture(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
