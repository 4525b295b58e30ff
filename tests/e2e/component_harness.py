"""A page of live panels fed with made-up numbers, driven by the query parameters of its address.

Buttons move the numbers on, so that a test decides when an update happens. Published files go
beside this script, wherever a test has copied it.
"""

import numpy as np
import streamlit as st

from moeviz.analysis.run_charts import run_charts_info
from moeviz.figures.run_charts import run_charts as figure
from moeviz.records import COLUMNS, KnobMark, RunHistory

st.set_page_config(page_title="Components", layout="wide", page_icon="🔧")

from moeviz.ui.components.load_bars import load_bars  # noqa: E402
from moeviz.ui.components.run_charts import run_charts  # noqa: E402

ask = st.query_params
experts = int(ask.get("experts", 8))
n_layers = int(ask.get("layers", 2))
n_arms = int(ask.get("arms", 2))
title = ask.get("title", "Without balancing")


def collapsed(step: int) -> list[float]:
    weights = [1.0 / (1 + (e - 2) ** 2 * step / 5) for e in range(experts)]
    return [w / sum(weights) for w in weights]


def balanced(step: int) -> list[float]:
    weights = [1 + 0.1 * ((e * 7 + step) % 5 - 2) for e in range(experts)]
    return [w / sum(weights) for w in weights]


def layer(step: int, arm: int) -> dict:
    if step == 0:
        return {"load": None, "processed": None}
    even = arm % 2 or step >= int(ask.get("even_from", step + 1))
    load = balanced(step) if even else collapsed(step)
    room = float(ask["capacity"]) if "capacity" in ask else 1.0
    return {"load": load, "processed": [min(x, room) for x in load]}


def history(step: int, even: bool) -> RunHistory:
    steps = np.arange(1, step + 1)
    loads = [balanced(s) if even else collapsed(s) for s in steps]
    load = np.repeat(np.array(loads).reshape(step, 1, experts), n_layers, axis=1)
    loss = 2.2 + 4 / (1 + steps / 40)
    rare = np.where(steps % 10 == 0, loss + 0.1, np.nan)
    columns = dict.fromkeys(COLUMNS, load[:, :, 0])
    columns |= {name: load for name in COLUMNS if name.endswith(("load", "prob"))}
    columns |= {"step": steps, "cross_entropy": loss, "auxiliary_loss": loss}
    columns |= {name: rare[:, None] for name in COLUMNS if "domain" in name or "held_out" in name}
    entropy = -(load * np.log(load)).sum(-1) / np.log(experts)
    columns |= {"normalised_entropy": entropy, "entropy_above_collapse": entropy}  # k = 1
    return RunHistory(columns)


if "step" not in st.session_state:
    st.session_state.step = int(ask.get("step", 0))
if st.button("Next", key="next"):
    st.session_state.step += int(ask.get("by", 1))
step = st.session_state.step

arms = [
    {
        "name": "AB CD"[i],
        "title": title if i == 0 else f"Arm {i}",
        "subtitle": ask.get("subtitle", "no auxiliary loss") if i == 0 else "α = 0.01",
        "layers": [layer(step, i)] * n_layers,
        "n_experts": experts,
    }
    for i in range(n_arms)
]
chosen = load_bars(
    arms, key="bars", capacity_share=float(ask["capacity"]) if "capacity" in ask else None
)
if chosen:
    st.session_state.chosen = chosen
st.text(f"at step {step}")
st.text(f"chosen {st.session_state.get('chosen')}")
if "charts" in ask:
    histories = {title if i == 0 else f"Arm {i}": history(step, bool(i % 2)) for i in range(n_arms)}
    marks = [KnobMark(int(ask["mark"]), title, {"aux_coefficient": 0.02})] if "mark" in ask else []
    domains = [ask["domain"]] if "domain" in ask else []
    run_charts(figure(run_charts_info(histories, marks, domains=domains)), key="charts")
