"""The routing walkthrough's controls, and the trace that its stage shows.

Turns what the controls say into one question. Knows nothing of scenes.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from moeviz.config import KNOBS, ArmConfig
from moeviz.engine.protocol import RunStatus
from moeviz.traces import (
    MAX_TRACED_CHARACTERS,
    RoutingTrace,
    TraceQuestion,
)
from moeviz.ui.inspect.asking import (
    as_in_the_run,
    asked,
    asked_arm,
    asked_knob,
    change_asking,
    load_asking,
    show_asking_notices,
    subject_controls,
)
from moeviz.ui.inspect.byte_pieces import byte_words
from moeviz.ui.inspect.run_choice import run_choice
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.inspect.training import training_line
from moeviz.ui.shared.controls import title_of
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.shown import place_of, shown_in
from moeviz.ui.walkthrough.live import follows, newest
from moeviz.ui.walkthrough.texts import EXAMPLES

FIRST_KNOBS: dict[str, Any] = {
    "top_k": 120,
    "capacity_factor": 138,
    "drop_policy": 136,
    "routing_rule": "stretch",
}
"""The knobs of the strip, with their widths in pixels."""

MORE_KNOBS = ("gate_scale", "n_groups", "kept_groups", "router_noise")
NOISE_SEED = 0


def controls(state: AskingState, status: RunStatus | None) -> None:
    """One strip: who is asked, and under which routing."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="walkthrough_strip"):
        subject_controls(state, status)
        for name, width in FIRST_KNOBS.items():
            asked_knob(name, state, status, width=width)
        with st.popover("More", icon=":material/tune:"):
            show_refusal(at=[f"asked_knob_{name}" for name in MORE_KNOBS])
            for name in MORE_KNOBS:
                asked_knob(name, state, status)
            _noise(state, status)
            run_choice(state)


def _noise(state: AskingState, status: RunStatus | None) -> None:
    arm = asked_arm(state, status)
    sigma = state.knobs.get("router_noise", arm.routing.router_noise if arm else 0.0)
    taken = shown_in("asked_noise", state.noise, lambda on: change_asking(noise=on))
    st.toggle(
        "Draw the training noise", state.noise, key="asked_noise", on_change=taken,
        disabled=not sigma and not state.noise,
        help=f"Adds noise to the router logits as in training: here σ = {sigma:g}, the same draw "
        f"each time. Without it, or with σ = 0, the router is asked as in evaluation.",
    )  # fmt: skip


def text_box(state: AskingState, status: RunStatus | None) -> None:
    """The sentence; beside it examples of each domain, and what the run does."""
    left, right = st.columns([3, 1], gap="small")
    with left:
        typed = shown_in("asked_text", state.text, _take_text)
        st.text_area(
            "Your sentence", state.text, key="asked_text", on_change=typed, height=76,
            label_visibility="collapsed",
            placeholder="Your sentence: type it and press Ctrl+Enter",
            help=f"Any text, up to {MAX_TRACED_CHARACTERS:,} characters. It is tokenised as the "
            "model's training text was; press Ctrl+Enter to send it through.",
        )  # fmt: skip
    with right, st.container(gap="xxsmall", key="walkthrough_example"):
        shown = next((name for name, text in EXAMPLES.items() if text == state.text), None)
        taken = shown_in("asked_example", shown, _take_example)
        st.selectbox(
            "Example", list(EXAMPLES), place_of(shown, list(EXAMPLES)), key="asked_example",
            on_change=taken,
            label_visibility="collapsed", placeholder="Your own text; or choose an example",
            help=f"{len(EXAMPLES) - 1} domains, from text that the model was never trained on, "
            "and a sentence with two of them.",
        )  # fmt: skip
        training_line(status)


def _take_text(text: str) -> None:
    if text != load_asking().text:
        change_asking(text=text, token=None, expert=None)


def _take_example(name: str | None) -> None:
    if name is not None:
        _take_text(EXAMPLES[name])


def trace_question(state: AskingState, status: RunStatus | None) -> TraceQuestion | None:
    """What the controls ask; None without a run or without a text."""
    arm = asked_arm(state, status)
    if arm is None or not state.text:
        return None
    return TraceQuestion(
        arm=arm.name,
        knobs=state.knobs,
        text=state.text[:MAX_TRACED_CHARACTERS],
        noise_seed=NOISE_SEED if state.noise else None,
    )


def shown_trace(state: AskingState, status: RunStatus | None) -> RoutingTrace | None:
    """The trace of the text as the controls say; None without a run or without a text."""
    question = trace_question(state, status)
    if status is None or question is None:
        return None
    trace = newest(status, question) if follows(state, status) else asked(question)
    return trace if isinstance(trace, RoutingTrace) else None


def said_of_the_question(
    state: AskingState, status: RunStatus | None, trace: RoutingTrace | None
) -> None:
    """What was refused, what of the text is shown, how it is routed.

    Always one container, whatever there is to say: the stage below it keeps its place, and with it
    its scene.
    """
    said = _said_of_the_text(state, trace)
    changed = changed_knobs(state, asked_arm(state, status))
    if changed:
        said.append(f"Routed otherwise than the run: {changed}.")
    with st.container(key="walkthrough_refused"):
        show_asking_notices()
        show_refusal()
    with st.container(horizontal=True, vertical_alignment="center", key="walkthrough_said"):
        if said:
            st.text(" ".join(said), width="content")
        if changed:
            as_in_the_run(state)


def _said_of_the_text(state: AskingState, trace: RoutingTrace | None) -> list[str]:
    said = [] if state.text else ["The text is empty: there is nothing to route."]
    if len(state.text) > MAX_TRACED_CHARACTERS:
        first = f"the first {MAX_TRACED_CHARACTERS:,} of {len(state.text):,} characters"
        said.append(f"Read: {first}.")
    if trace is not None and trace.n_tokens > len(trace.tokens):
        said.append(f"Shown: the first {len(trace.tokens)} of {trace.n_tokens:,} tokens.")
    said += byte_words(trace.tokens) if trace is not None else []
    return said


def changed_knobs(state: AskingState, arm: ArmConfig | None) -> str:
    """How the question's routing differs from the run's, in words."""
    own = arm.knobs if arm else {}
    words = [
        KNOBS[name].equation(_value(name, value))
        for name, value in state.knobs.items()
        if name not in own or value != own[name]
    ]
    return ", ".join([*words, "with noise"] if state.noise else words)


def _value(name: str, value: Any) -> str:
    return title_of(name, value) if KNOBS[name].kind in ("choice", "name") else f"{value}"
