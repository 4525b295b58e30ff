"""A page of live charts fed with made-up numbers, driven by the query parameters of its address.

Query parameters: step, by (how far "Next" goes), arms, experts, marks (so many knob changes), label
(of each), held_out, domains, compact, height, title, open (no shadow root). "Leave" takes the
charts away.
"""

import math

import streamlit as st

st.set_page_config(page_title="Charts", layout="wide", page_icon="🔧")

from moeviz.figures.theme.palette import ARM_COLOURS, expert_colours  # noqa: E402
from moeviz.ui.components.assets import base_path, folder  # noqa: E402

ask = st.query_params
_JS = """
const source = new URL("{folder}/live_charts/live_charts.js", location.origin);
export default async ({ data, parentElement }) => {
  const { createLiveCharts } = await import(source);
  const root = parentElement.querySelector(".root");
  root.charts ??= createLiveCharts(root, data.options);
  root.model = modelOf(data);
  root.charts.update(root.model);
  return () => setTimeout(() => root.isConnected || root.charts.destroy());
};
function modelOf({ rows, ...model }) {
  return { ...model, rows: rows.map(({ load, ...row }) => load
    ? { ...row, share: (expert, column) => load[expert][column] }
    : row) };
}
"""
charts = st.components.v2.component(
    "live_charts_harness",
    html='<div class="root"></div>',
    js=_JS.replace("{folder}", base_path() + folder()),
    isolate_styles="open" not in ask,
)

state = st.session_state
state.setdefault("step", int(ask.get("step", 0)))
with st.container(horizontal=True):
    if st.button("Next", key="next"):
        state.step += int(ask.get("by", 1))
    if st.button("Leave", key="leave"):
        st.stop()

POINTS = 200
experts = int(ask.get("experts", 8))
names = [ask.get("title", "A"), "B", "C", "D"][: int(ask.get("arms", 2))]
domains = ask["domains"].split(",") if "domains" in ask else []
compact = "compact" in ask
stride = 1
while state.step / stride > POINTS:
    stride *= 2
steps = [block * stride + (stride + 1) / 2 for block in range(math.ceil(state.step / stride))]


def loss(step: float, arm: int, domain: int = 0) -> float:
    noise = 0.04 * math.sin(step * 2.3 + arm) + 0.02 * math.sin(step * 7.1)
    return 2.2 + 0.3 * domain + arm * 0.12 + 4 / (1 + step / 40) + noise


def load(step: float, arm: int) -> list[float]:
    weights = [
        1 + 0.1 * ((e * 7 + int(step)) % 5 - 2) if arm % 2 else 1 / (1 + (e - 2) ** 2 * step / 50)
        for e in range(experts)
    ]
    return [weight / sum(weights) for weight in weights]


def entropy(shares: list[float]) -> float:
    return -sum(share * math.log(share) for share in shares) / math.log(experts)


def line(arm: int, held_out: bool = False, domain: int | None = None) -> dict:
    of = "" if domain is None else f", {domains[domain]}"
    x = steps[9::10] if held_out else steps
    return {
        "name": names[arm] + of + (", held out" if held_out else ""),
        "colour": ARM_COLOURS[arm],
        "dash": held_out,
        "x": x,
        "y": [loss(step, arm, domain or 0) + 0.1 * held_out for step in x],
    } | ({} if domain is None else {"domain": domains[domain], "arm": names[arm]})


splits = range(len(domains)) if domains else [None]
kinds = [False, True] if "held_out" in ask else [False]
dashes = "dashed: held out" if "held_out" in ask else "lower is better"
rows = [
    {
        "kind": "lines",
        "label": f"Cross-entropy, nats per token ({dashes})",
        "bounds": None,
        "series": [
            line(arm, held_out, domain)
            for arm in range(len(names))
            for domain in splits
            for held_out in kinds
        ],
    }
]
if not compact:
    rows.append(
        {
            "kind": "lines",
            "label": "Normalised entropy of the load (1 = even), layer 0",
            "bounds": [0, 1],
            "series": [
                line(arm) | {"y": [entropy(load(step, arm)) for step in steps]}
                for arm in range(len(names))
            ],
        }
    )
    rows += [
        {
            "kind": "ribbon",
            "label": f"{names[arm]}: load of each expert, layer 0",
            "name": names[arm],
            "experts": experts,
            "x0": (stride + 1) / 2,
            "dx": stride,
            "columns": len(steps),
            "load": [list(of) for of in zip(*(load(step, arm) for step in steps), strict=True)],
            "colours": list(expert_colours(experts)),
        }
        for arm in range(len(names))
    ]
n_marks = int(ask.get("marks", 0))
label = ask.get("label", "Balance coefficient α 0.02")
charts(
    key="charts",
    data={
        "rows": rows,
        "marks": [
            {"step": 1 + round(state.step * (i + 1) / (n_marks + 1)), "label": f"{label} {i}"}
            for i in range(n_marks)
        ],
        "lastStep": state.step,
        "placeholder": "No step yet",
        "options": {
            "height": int(ask.get("height", 260 if compact else 560)),
            "compact": compact,
            "fileName": "moeviz-charts",
            "title": "Charts over training steps",
        },
    },
)
st.text(f"at step {state.step}")
