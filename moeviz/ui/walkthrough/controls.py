"""The routing walkthrough's controls, and the trace that its stage shows.

Turns what the controls say into one question. Knows nothing of scenes.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from moeviz.config import KNOBS, ArmConfig, RoutingConfig
from moeviz.engine.protocol import RunStatus
from moeviz.texts import say_from
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
from moeviz.ui.inspect.training import said_of_an_untrained_model, training_line
from moeviz.ui.shared.controls import in_words
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.shown import place_of, shown_in
from moeviz.ui.walkthrough.examples import EXAMPLES
from moeviz.ui.walkthrough.live import follows, newest

FIRST_KNOBS: dict[str, Any] = {
    "top_k": 168,
    "capacity_factor": 138,
    "drop_policy": 136,
    "router": "stretch",
}
"""The knobs of the strip, with their widths in pixels."""

MORE_KNOBS = ("gate_scale", "n_groups", "kept_groups", "router_noise", *RoutingConfig().own)
NOISE_SEED = 0

say = say_from(__file__)


def controls(state: AskingState, status: RunStatus | None) -> None:
    """One strip: which model routes the text, and by which rules."""
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
        say("noise.label"), state.noise, key="asked_noise", on_change=taken,
        disabled=not sigma and not state.noise, help=say("noise.help", sigma=f"{sigma:g}"),
    )  # fmt: skip


def text_box(state: AskingState, status: RunStatus | None) -> None:
    """The sentence; beside it examples of each domain, and what the run does."""
    left, right = st.columns([3, 1], gap="small")
    with left:
        typed = shown_in("asked_text", state.text, _take_text)
        st.text_area(
            say("text.label"), state.text, key="asked_text", on_change=typed, height=76,
            label_visibility="collapsed", placeholder=say("text.placeholder"),
            help=say("text.help", most=f"{MAX_TRACED_CHARACTERS:,}"),
        )  # fmt: skip
    with right, st.container(gap="xxsmall", key="walkthrough_example"):
        shown = next((name for name, text in EXAMPLES.items() if text == state.text), None)
        taken = shown_in("asked_example", shown, _take_example)
        st.selectbox(
            say("example.label"), list(EXAMPLES), place_of(shown, list(EXAMPLES)),
            key="asked_example", on_change=taken, label_visibility="collapsed",
            placeholder=say("example.placeholder"),
            help=say("example.help", domains=len(EXAMPLES) - 1),
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
    """What was refused, how well the model is trained, what of the text is shown, how it is routed.

    Always one container, whatever there is to say: the stage below it keeps its place, and with it
    its scene.
    """
    said = _said_of_the_text(state, trace)
    changed = changed_knobs(state, asked_arm(state, status))
    if changed:
        said.append(say("routing.changed", changes=changed))
    with st.container(key="walkthrough_refused"):
        show_asking_notices()
        show_refusal()
    with st.container(horizontal=True, vertical_alignment="center", key="walkthrough_said"):
        if untrained := _said_of_the_model(state, status, trace):
            st.markdown(untrained, width="content")
        if said:
            st.text(" ".join(said), width="content")
        if changed:
            as_in_the_run(state)


def _said_of_the_model(
    state: AskingState, status: RunStatus | None, trace: RoutingTrace | None
) -> str:
    """That it is untrained; "" for a model that trains or has trained."""
    if status is None or trace is None or follows(state, status):
        return ""
    return said_of_an_untrained_model(status, trace.step)


def _said_of_the_text(state: AskingState, trace: RoutingTrace | None) -> list[str]:
    said = [] if state.text else [say("text.empty")]
    given = len(state.text)
    if given > MAX_TRACED_CHARACTERS:
        said.append(say("text.cut", most=f"{MAX_TRACED_CHARACTERS:,}", given=f"{given:,}"))
    if trace is not None and trace.n_tokens > len(trace.tokens):
        counts = {"shown": len(trace.tokens), "given": f"{trace.n_tokens:,}"}
        said.append(say("text.tokens_cut", **counts))
    said += byte_words(trace.tokens) if trace is not None else []
    return said


def changed_knobs(state: AskingState, arm: ArmConfig | None) -> str:
    """How the question's routing differs from the run's, in words."""
    own = arm.knobs if arm else {}
    words = [
        KNOBS[name].equation(in_words(name, value))
        for name, value in state.knobs.items()
        if name not in own or value != own[name]
    ]
    return "; ".join([*words, say("routing.noise")] if state.noise else words)
