"""Runs on disk: what is written is read back, and nothing else can be reached."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moeviz.config import ArmConfig, RunConfig, ScheduledChange
from moeviz.engine.messages import KnobChange
from moeviz.engine.protocol import Origin, RunSummary, UnknownRun
from moeviz.engine.saved import SavedRun, read_summary
from moeviz.engine.store import RunStore, new_run_id
from moeviz.records import COLUMNS, KnobMark, RunFailure, RunHistory
from tests.fakes import CountingTrainer
from tests.snapshots import snapshot

ROUTING = {
    "capacity_factor": 1.25, "drop_policy": "batch_prioritised", "gate_scale": 2.5,
    "router": "sigmoid_bias_groups", "n_groups": 4, "kept_groups": 2,
}  # fmt: skip
CONFIG = RunConfig(
    (
        ArmConfig.of("A/../x", ROUTING, (ScheduledChange(9, {"top_k": 2}),)),
        ArmConfig.of("dense", {"dense_width": 64}),
    )
)


def histories(steps: int) -> dict[str, RunHistory]:
    trainer = CountingTrainer(CONFIG)
    done = [trainer.step() for _ in range(steps)]
    return {arm.name: RunHistory.of([each[arm.name] for each in done]) for arm in CONFIG.arms}


def saved(steps: int = 12, owner: str = "me", **more) -> SavedRun:
    run = SavedRun(
        run_id=new_run_id(),
        owner=owner,
        created_unix_s=1.5,
        config=CONFIG,
        state="failed",
        step=steps,
        reason="failed at step 13: the loss is nan",
        failure=RunFailure(13, "dense", "the loss is nan"),
        marks=(KnobMark(9, "A/../x", {"top_k": 2}), KnobMark(10, "dense", {"router_noise": 0.5})),
        changes=(KnobChange(9, {"capacity_factor": None}, None),),
        checkpoints=(0, 10),
        revision=3,
        histories=histories(steps),
        origin=Origin(new_run_id(), 7),
        controllers=("phone", "tablet"),
    )
    return replace(run, **more)


@pytest.mark.parametrize("steps", [0, 12])
def test_a_run_comes_back_as_it_was_saved(tmp_path: Path, steps: int) -> None:
    run = saved(steps, marks=(), changes=(), checkpoints=()) if steps == 0 else saved(steps)
    store = RunStore(tmp_path)
    store.save(run)
    for step in run.checkpoints:
        (store.checkpoints(run.run_id) / f"{step}.safetensors").touch()
    back = RunStore(tmp_path).load(run.run_id)
    assert replace(back, histories={}) == replace(run, histories={})
    for arm, history in run.histories.items():
        for name in COLUMNS:
            np.testing.assert_array_equal(back.histories[arm][name], history[name])


def test_a_run_saved_without_a_measure_gets_it_from_its_loads_and_the_k_of_each_step(
    tmp_path: Path,
) -> None:
    """Runs of earlier versions lack these columns."""
    config = RunConfig((ArmConfig.of("A", {"n_experts": 4, "top_k": 1}),))
    load = [[0.4, 0.3, 0.2, 0.1], [0.25] * 4]
    ks = [1] * 4 + [2] * 3 + [4] * 2 + [1] * 3
    measured = RunHistory.of([snapshot(load, step=s, top_k=k) for s, k in enumerate(ks, 1)])
    changed = ((5, 2), (8, 4), (10, 1))
    marks = tuple(KnobMark(step, "A", {"top_k": k}) for step, k in changed)
    other = (KnobMark(3, "B", {"top_k": 3}), KnobMark(6, "A", {"aux_coefficient": 0.5}))
    marks = tuple(sorted((*marks, *other), key=lambda mark: mark.step))
    store, run = RunStore(tmp_path), saved(config=config, marks=marks, histories={"A": measured})
    store.save(run)
    path = tmp_path / "runs" / run.run_id / "history.npz"
    with np.load(path) as packed:
        kept = {name: packed[name] for name in packed.files}
    for later in ("entropy_above_collapse", "effective_experts"):
        del kept[f"0/{later}"]
    np.savez(path, **kept)
    back = RunStore(tmp_path).load(run.run_id).histories["A"]
    assert list(back.columns) == list(COLUMNS)
    for name in COLUMNS:
        assert (back[name].dtype, back[name].flags.writeable) == (measured[name].dtype, False)
        np.testing.assert_allclose(back[name], measured[name], rtol=1e-5, atol=1e-6)


def test_saving_again_replaces_all_but_the_start(tmp_path: Path) -> None:
    store, run = RunStore(tmp_path), saved(3)
    store.save(run)
    store.save(replace(run, step=12, histories=histories(12), state="paused"))
    back = store.load(run.run_id)
    assert (back.step, len(back.histories["dense"]), back.state) == (12, 12, "paused")


def test_records_newer_than_the_status_are_left_out(tmp_path: Path) -> None:
    """As after a crash between the two files."""
    store, run = RunStore(tmp_path), saved(12)
    store.save(run)
    store.save(replace(run, step=5))
    assert len(store.load(run.run_id).histories["dense"]) == 5


def test_a_status_newer_than_the_records_is_cut_back(tmp_path: Path) -> None:
    store, run = RunStore(tmp_path), saved(8)
    store.save(replace(run, step=12))
    (store.checkpoints(run.run_id) / "0.safetensors").touch()
    back = store.load(run.run_id)
    assert (back.step, back.checkpoints) == (8, (0,))
    assert back.marks == run.marks[:1]
    assert back.changes == ()


def test_a_checkpoint_that_is_not_there_is_not_kept(tmp_path: Path) -> None:
    store, run = RunStore(tmp_path), saved(12)
    store.save(run)
    (store.checkpoints(run.run_id) / "10.safetensors").touch()
    assert store.load(run.run_id).checkpoints == (10,)


@pytest.mark.parametrize(
    "nonsense",
    ["", ".", "..", "../../etc", "a" * 21, "a" * 23, "a" * 21 + "/", "ä" * 22, "a\n" * 11],
)
def test_what_is_no_run_id_never_becomes_a_path(tmp_path: Path, nonsense: str) -> None:
    store = RunStore(tmp_path)
    for act in (
        store.load,
        store.delete,
        store.checkpoints,
        lambda run_id: store.checkpoint(run_id, 0),
    ):
        with pytest.raises(UnknownRun):
            act(nonsense)


def test_a_run_that_never_was_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownRun):
        RunStore(tmp_path).load(new_run_id())


def test_run_ids_are_run_ids_and_differ(tmp_path: Path) -> None:
    ids = {new_run_id() for _ in range(100)}
    assert len(ids) == 100
    for run_id in ids:
        RunStore(tmp_path).checkpoints(run_id)


def test_owners_see_their_own_runs_only_also_after_a_restart(tmp_path: Path) -> None:
    store, mine, other = RunStore(tmp_path), saved(), saved(owner="other")
    store.save(mine)
    store.save(other)
    for each in (store, RunStore(tmp_path)):
        (line,) = each.owned("me")
        assert line == mine.summary
        assert line.marks == mine.marks != ()
        assert line.last_cross_entropy["dense"] == pytest.approx(
            float(mine.histories["dense"]["cross_entropy"][-1])
        )


@pytest.mark.parametrize("file", ["config.json", "status.json", "history.npz"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"PK\x03\x04 torn", b"\xff\xfe"])
def test_a_torn_directory_is_unknown_and_hides_no_other(
    tmp_path: Path, file: str, content: bytes
) -> None:
    store, torn, whole = RunStore(tmp_path), saved(), saved()
    store.save(torn)
    store.save(whole)
    (tmp_path / "runs" / torn.run_id / file).write_bytes(content)
    fresh = RunStore(tmp_path)
    with pytest.raises(UnknownRun):
        fresh.load(torn.run_id)
    assert whole.run_id in {line.run_id for line in fresh.owned("me")}


def test_what_is_on_disk_is_read_before_anyone_can_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save in the middle of the reading would be overwritten by what was read."""
    before, late = saved(), saved()
    RunStore(tmp_path).save(before)
    store = RunStore(tmp_path)

    def read_beside_a_save(path: Path) -> RunSummary:
        monkeypatch.setattr("moeviz.engine.store.read_summary", read_summary)
        store.save(late)
        return read_summary(path)

    monkeypatch.setattr("moeviz.engine.store.read_summary", read_beside_a_save)
    listed = {line.run_id for line in store.owned("me")}
    assert listed == {path.name for path in (tmp_path / "runs").iterdir()}


def test_a_deleted_run_is_gone(tmp_path: Path) -> None:
    store, run = RunStore(tmp_path), saved()
    store.save(run)
    store.delete(run.run_id)
    assert list((tmp_path / "runs").iterdir()) == []
    assert store.owned("me") == []
    with pytest.raises(UnknownRun):
        store.load(run.run_id)


def test_only_the_user_can_read_runs(tmp_path: Path) -> None:
    run = saved()
    RunStore(tmp_path / "new").save(run)
    for directory in ("new/runs", f"new/runs/{run.run_id}"):
        assert stat.S_IMODE((tmp_path / directory).stat().st_mode) == 0o700


def test_copied_checkpoints_outlive_their_source(tmp_path: Path) -> None:
    store, source, target = RunStore(tmp_path), saved(), saved()
    store.save(source)
    for step in (0, 10, 20):
        (store.checkpoints(source.run_id) / f"{step}.safetensors").write_bytes(b"state")
    store.copy_checkpoints(source.run_id, target.run_id, until=10)
    assert store.kept(target.run_id, (0, 10, 20)) == (0, 10)
    store.delete(source.run_id)
    assert store.checkpoint(target.run_id, 10) == b"state"


def test_used_bytes_count_every_file(tmp_path: Path) -> None:
    store, run = RunStore(tmp_path), saved()
    assert store.used_bytes() == 0
    store.save(run)
    before = store.used_bytes()
    (store.checkpoints(run.run_id) / "0.safetensors").write_bytes(b"x" * 1000)
    assert store.used_bytes() == before + 1000
