"""A measure of balance is declared once: all that shows, sends, keeps or counts it finds it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.package_copy import ROOT, package_with, source, told

DECLARED = """    least_load: FloatArray = measure(
        "Load of the idlest expert",
        r"E \\min_i f_i",
        "Load of the expert with the fewest tokens, in even shares.",
        at_balance="1",
        at_collapse=lambda n_experts, k: 0.0,
        collapse_formula="0",
        bounds=(0.0, 1.0),
    )
"""
BEFORE = '    dropped_fraction: FloatArray = column("L")\n'
COMPUTED = '''

def least_load(load):
    """E · min f."""
    return load.amin(dim=-1) * load.shape[-1]
'''

SCRIPT = """
import contextlib, io, json
from pathlib import Path
import numpy as np
from moeviz.analysis.metrics import METRICS
from moeviz.cli.main import main
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.limits import _record_bytes
from moeviz.engine.saved import read_run
from moeviz.live.records import LINES
from moeviz.records import RunHistory
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.shared.lab_address import from_query, to_query

small = ["--d-model", "16", "--d-expert", "16", "--batch-size", "2", "--steps", "1"]
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    assert main(["train", *small, "--json"]) == 0
line = json.loads(printed.getvalue())
config = RunConfig((ArmConfig.of("A", {"d_model": 16, "d_expert": 16, "batch_size": 2}),))
kept = RunHistory.of([LockstepTrainer(config).step()["A"]]).columns
earlier = read_run(Path("earlier_run")).histories["A"]
alike = earlier["least_load"].shape == earlier["max_violation"].shape
state, notices = from_query({"metric": "least_load"})
print(json.dumps({
    "json": [line["least_load"], line["expert_load"]],
    "label": METRICS["least_load"].label,
    "bounds": METRICS["least_load"].bounds,
    "sent": "least_load" in [each.name for each in LINES],
    "counted": _record_bytes(config) == sum(column.nbytes for column in kept.values()),
    "earlier": [alike, bool(np.isnan(earlier["least_load"]).all())],
    "address": [to_query(state), notices],
}))
"""


def test_a_new_measure_is_a_declaration_and_its_function(tmp_path: Path):
    records = source("moeviz/records.py", (BEFORE, DECLARED + BEFORE))
    metrics = source("moeviz/routing/metrics.py") + COMPUTED
    files = {"moeviz/records.py": records, "moeviz/routing/metrics.py": metrics}
    folder = package_with(tmp_path, files)
    shutil.copytree(ROOT / "tests" / "fixtures" / "earlier_run", folder / "earlier_run")
    found = told(folder, SCRIPT)
    measured, loads = found.pop("json")
    assert measured == [min(layer) * len(layer) for layer in loads]
    assert found == {
        "label": "Load of the idlest expert",
        "bounds": [0.0, 1.0],
        "sent": True,
        "counted": True,
        "earlier": [True, True],
        "address": [{"metric": "least_load"}, []],
    }
