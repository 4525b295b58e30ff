"""Why a token went where it went, and what an expert did with the text: panels beside the stage.

Arranges facts of `analysis.inspection`; what would have been is asked of the model. Tokens are
drawn by components and `st.text` alone.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.analysis.inspection import (
    Candidate,
    ExpertInspection,
    TokenInspection,
    expert_inspection,
    next_tokens,
    token_inspection,
)
from moeviz.engine.protocol import RunStatus
from moeviz.figures.theme.palette import expert_colours
from moeviz.traces import (
    MAX_TRACED_CHARACTERS,
    Counterfactual,
    CounterfactualQuestion,
    RoutingTrace,
)
from moeviz.ui.components.bar_table import Row, bar_table
from moeviz.ui.inspect.asking import asked, asked_arm, load_asking
from moeviz.ui.shared.controls import title_of
from moeviz.ui.walkthrough.live import follows, newest

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _ordinal(number: int) -> str:
    teens = number % 100 // 10 == 1
    return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"


def token_panel(
    trace: RoutingTrace, status: RunStatus | None, layer: int, token: int | None
) -> None:
    """Why this expert: all scores, what became of each assignment, and what would have been."""
    if token is None or token >= len(trace.tokens):
        st.markdown("Choose a token on the stage: click it, or walk to it and press Enter.")
        return
    seen = token_inspection(trace, layer, token)
    _candidates(seen, f"Step {trace.step:,}. " if follows(load_asking(), status) else "")
    st.markdown("  \n".join(_assignment_words(seen, trace.routing.drop_policy)))
    if seen.runner_up is None:
        st.markdown("There is no runner-up to ask about.")
    else:
        _counterfactual(trace, status, layer, token)


def _candidates(seen: TokenInspection, when: str) -> None:
    noisy = any(each.noise for each in seen.candidates)
    biased = any(each.bias for each in seen.candidates)
    header = ["Expert", "Score", "", "Logit"]
    header += ["Noise"] * noisy + ["Bias"] * biased + ["Preference"]
    colours = expert_colours(len(seen.candidates))
    most = max(each.score for each in seen.candidates) or 1.0
    rows = []
    for each in seen.candidates:
        cells = [f"{each.score:.3f}", f"{each.logit:+.2f}"]
        cells += [f"{each.noise:+.2f}"] * noisy + [f"{each.bias:+.3f}"] * biased
        cells.append(_preference(each))
        rows.append(
            Row(
                label=f"{each.expert}",
                bars=(each.score / most,),
                cells=tuple(cells),
                colour=colours[each.expert],
                strong=each.choice is not None,
                faded=each.choice is None,
            )
        )
    asks = f"Why this expert? Token {seen.token}, “{seen.text}”."
    bar_table(f"{asks} {when}{_margin(seen)}", header, rows, key="why")


def _preference(candidate: Candidate) -> str:
    """The preference of a chosen expert, from 0; of another, where it stands and why."""
    if candidate.choice:
        return f"{candidate.choice - 1}"
    return "not allowed" if candidate.rank is None else f"not chosen, {_ordinal(candidate.rank)}"


def _margin(seen: TokenInspection) -> str:
    runner_up = seen.runner_up
    if runner_up is None or seen.margin is None:
        return "Every allowed expert was chosen."
    first = seen.candidates[0]
    last = seen.slots[-1].chosen
    won = f"Expert {first.expert} ranks first."
    short = f"is {seen.margin:.3f} short of expert {last} and was not chosen"
    return f"{won} Expert {runner_up.expert} {short}."


def _slots(capacity: int) -> str:
    return f"{capacity} capacity slot{'' if capacity == 1 else 's'}"


def _assignment_words(seen: TokenInspection, drop_policy: str) -> list[str]:
    """What became of each assignment, and what reached the stream. Numbers only: no user's text."""
    policy = title_of("drop_policy", drop_policy)
    words = []
    for each in seen.slots:
        sent_on = f", full, sent on to **expert {each.sent}**" if each.sent != each.chosen else ""
        queue = "" if seen.capacity is None else f" in the queue for {_slots(seen.capacity)}"
        fate = "computed" if each.kept else f"**dropped** by the policy *{policy}*"
        words.append(
            f"Preference {each.choice - 1}: **expert {each.chosen}**{sent_on}, gate weight "
            f"{each.gate_weight:.3f}, place {each.place}{queue}, {fate}."
        )
    share = f"The stream gets y, {100 * seen.added_share:.1f}\u202f% as long as x."
    return [
        *words,
        share
        if any(assignment.kept for assignment in seen.slots)
        else "The token passes unchanged.",
    ]


def _counterfactual(trace: RoutingTrace, status: RunStatus | None, layer: int, token: int) -> None:
    state = load_asking()
    arm = asked_arm(state, status)
    if status is None or arm is None:
        return
    text = state.text[:MAX_TRACED_CHARACTERS]
    question = CounterfactualQuestion(arm.name, state.knobs, text, layer, token)
    live = follows(state, status)
    other = newest(status, question) if live else asked(question)
    if isinstance(other, Counterfactual):
        _next_tokens(trace, other, f"Step {other.step:,}. " if live else "")
        if state.noise:
            st.markdown("The two cases are asked without noise.")


def _next_tokens(trace: RoutingTrace, other: Counterfactual, when: str) -> None:
    rows = next_tokens(trace, other)
    most = max(max(each.probability, each.other_probability) for each in rows)
    swap = f"{when}Had it chosen expert {other.runner_up}{_full(other)} instead of {other.replaced}"
    change = other.added_cross_entropy
    if math.isnan(change):
        outcome = "these next tokens would change; which is the true one is not known here."
    else:
        outcome = (
            f"the true next token would cost {other.other_cross_entropy:.3f} nats instead of "
            f"{other.cross_entropy:.3f}: {change:+.3f}."
        )
    bar_table(
        f"{swap}, {outcome}",
        ["Next token", "", "As it is", "Otherwise", "Logit"],
        [
            Row(
                label=each.text + (" (true)" if each.is_true else ""),
                bars=(each.probability / most, each.other_probability / most),
                cells=(
                    _percent(each.probability),
                    _percent(each.other_probability),
                    f"{each.added_logit:+.2f}",
                ),
                strong=each.is_true,
            )
            for each in rows
        ],
        key="what_if",
    )


def _full(other: Counterfactual) -> str:
    """That the runner-up has no slot left, if so; where the assignment would end."""
    if not other.runner_up_was_full:
        return ""
    too = " too" if other.replaced_was_full else ""
    on = "" if other.other_dropped[-1] else f" and sends it on to expert {other.other_sent}"
    return f", which is full{too}{on},"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u202f%"


def expert_panel(trace: RoutingTrace, layer: int, expert: int | None) -> None:
    """Its share of the load, its queue in order, its favourite tokens in this text."""
    if expert is None or expert >= trace.layers[layer].router_logits.shape[1]:
        st.markdown("Choose an expert on the stage: click its number, or press Enter on it.")
        return
    seen = expert_inspection(trace, layer, expert)
    colour = expert_colours(trace.layers[layer].router_logits.shape[1])[expert]
    st.markdown(_expert_words(seen))
    _queue(seen, colour)
    most = max((each.sent for each in seen.favourites), default=1)
    bar_table(
        "Its favourite tokens in this text, and how often they came here",
        ["Token", "Came here", ""],
        [
            Row(
                label=each.text,
                bars=(each.sent / most,),
                cells=(f"{each.sent} of {each.occurrences}",),
                colour=colour,
            )
            for each in seen.favourites
        ],
        key="favourites",
    )


def _expert_words(seen: ExpertInspection) -> str:
    rows = sum(assignment.kept for assignment in seen.queue)
    computes = f"computes {rows} of these {len(seen.queue)}"
    slots = "" if seen.capacity is None else f"; it has {_slots(seen.capacity)}"
    return (
        f"**Expert {seen.expert}** gets {_percent(seen.load_share)} of the assignments (an even "
        f"load is {_percent(seen.fair_share)}) and {computes}{slots}. "
        f"Its weights are {seen.norm:.2f} long; {seen.mean_norm:.2f} is the layer's mean."
    )


def _queue(seen: ExpertInspection, colour: str) -> None:
    most = max((assignment.gate_weight for assignment in seen.queue), default=1.0) or 1.0
    bar_table(
        f"The queue of expert {seen.expert}, in its order: {len(seen.queue)}",
        ["Token", "Gate weight", "", "Position"],
        [
            Row(
                label=f"{assignment.token} “{assignment.text}”",
                bars=(assignment.gate_weight / most,),
                cells=(
                    f"{assignment.gate_weight:.3f}",
                    f"{assignment.place}" if assignment.kept else f"{assignment.place}, dropped",
                ),
                colour=colour,
                faded=not assignment.kept,
            )
            for assignment in seen.queue
        ],
        key="queue",
    )
