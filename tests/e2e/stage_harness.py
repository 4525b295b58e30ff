"""A page with the routing stage on made-up but consistent traces, driven by its address.

Query parameters: tokens, experts, top_k, capacity (a factor; absent: dropless), seed, renormalise,
sigmoid, bias, reroute, text (the first token's). The buttons change the routing of the same tokens,
or the text, or take the stage away. Published files go beside this script, wherever a test has
copied it.
"""

import streamlit as st

from moeviz.analysis.routing_stage import stage_plan
from tests.made_up_traces import made_up_trace

st.set_page_config(page_title="Stage", layout="wide", page_icon="🔧")

from moeviz.ui.components.routing_stage import routing_stage  # noqa: E402
from moeviz.ui.components.terms import terms  # noqa: E402

ask = st.query_params
state = st.session_state
state.setdefault("top_k", int(ask.get("top_k", 2)))
state.setdefault("factor", float(ask["capacity"]) if "capacity" in ask else None)
state.setdefault("n_tokens", int(ask.get("tokens", 12)))
for name in ("hotkey", "scenes", "plan"):
    state.setdefault(name, None)

with st.container(horizontal=True):
    if st.button("Hotkey", key="hot", shortcut="Space"):
        state.hotkey = "pressed"
    if st.button("k = 1", key="k1"):
        state.top_k = 1
    if st.button("k = 2", key="k2"):
        state.top_k = 2
    if st.button("Tight", key="tight"):
        state.factor = 0.5
    if st.button("Roomy", key="roomy"):
        state.factor = None
    if st.button("Ample", key="ample"):
        state.factor = 8.0
    if st.button("Empty", key="empty"):
        state.n_tokens = 0
    if st.button("Leave", key="leave"):
        st.stop()

trace = made_up_trace(
    n_tokens=state.n_tokens,
    n_experts=int(ask.get("experts", 8)),
    top_k=state.top_k,
    capacity_factor=state.factor,
    seed=int(ask.get("seed", 0)),
    renormalise="renormalise" in ask,
    sigmoid="sigmoid" in ask,
    bias=float(ask.get("bias", 0)),
    reroute="reroute" in ask,
    first_token=ask.get("text"),
)
plan = stage_plan(trace, 0)
if state.plan and state.plan["rev"] != plan["rev"]:
    plan = stage_plan(trace, 0, before=state.plan)
    state.plan = plan | {"story": state.plan["story"] + 1}
state.plan = state.plan or plan | {"story": 0}
report = routing_stage(
    state.plan,
    key="stage",
    picked_token=state.get("token"),
    picked_expert=state.get("expert"),
    on_pick=lambda: None,
    on_scene=(lambda: None) if "report" in ask else None,
)
if report.token:
    state.token = report.token["token"]
if report.expert:
    state.expert = report.expert["expert"]
if report.scene:
    state.scenes = report.scene["scene"]
st.text(
    f"token {state.get('token')} expert {state.get('expert')} scene {state.scenes} "
    f"hotkey {state.hotkey}"
)
terms(key="terms")
