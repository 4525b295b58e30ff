"""Why a token went where it went, and what an expert did with the text: panels beside the stage.

Arranges facts of `analysis.inspection`; what would have been is asked of the model. Tokens are
drawn by components and `st.text` alone.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.analysis.inspection import (
    Assignment,
    Candidate,
    ExpertInspection,
    TokenInspection,
    expert_inspection,
    next_tokens,
    token_inspection,
)
from moeviz.engine.protocol import RunStatus
from moeviz.figures.theme.palette import expert_colours
from moeviz.texts import say_from, strings
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

say = say_from(__file__)
_TEXTS = strings(__file__)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _ordinal(number: int) -> str:
    teens = number % 100 // 10 == 1
    return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"


def token_panel(
    trace: RoutingTrace, status: RunStatus | None, layer: int, token: int | None
) -> None:
    """Why these experts: all scores, what became of each assignment, and what would have been."""
    if token is None or token >= len(trace.tokens):
        st.markdown(say("token.none"))
        return
    seen = token_inspection(trace, layer, token)
    _candidates(seen, _when(trace.step) if follows(load_asking(), status) else "")
    st.markdown("  \n".join(_assignment_words(seen, trace.routing.drop_policy)))
    if seen.runner_up is None:
        st.markdown(say("token.no_runner_up"))
    else:
        _counterfactual(trace, status, layer, token)


def _when(step: int) -> str:
    return say("token.when", step=f"{step:,}")


def _candidates(seen: TokenInspection, when: str) -> None:
    noisy = any(each.noise for each in seen.candidates)
    biased = any(each.bias for each in seen.candidates)
    words = _TEXTS["candidates"]
    header = [*words["header"], *[words["noise"]] * noisy, *[words["bias"]] * biased]
    header[1] = seen.score_name.capitalize()
    colours = expert_colours(len(seen.candidates))
    most = max(each.score for each in seen.candidates) or 1.0
    rows = []
    for each in seen.candidates:
        cells = [f"{each.score:.3f}", f"{each.logit:+.2f}"]
        cells += [f"{each.noise:+.2f}"] * noisy + [f"{each.bias:+.3f}"] * biased
        rows.append(
            Row(
                label=f"{each.expert}",
                bars=(each.score / most,),
                cells=(*cells, _preference(each)),
                colour=colours[each.expert],
                strong=each.preference is not None,
                faded=each.preference is None,
            )
        )
    title = say("token.title", text=seen.text, token=seen.token, when=when, margin=_margin(seen))
    bar_table(title, [*header, words["preference"]], rows, key="why")


def _preference(candidate: Candidate) -> str:
    """The preference of a chosen expert, from 0; of another, where it stands and why."""
    if candidate.preference is not None:
        return f"{candidate.preference}"
    if candidate.place is None:
        return say("candidates.not_allowed")
    return say("candidates.not_chosen", place=_ordinal(candidate.place))


def _margin(seen: TokenInspection) -> str:
    if seen.runner_up is None or seen.margin is None:
        return say("token.all_chosen")
    return say(
        "token.margin",
        first=seen.candidates[0].expert,
        runner_up=seen.runner_up.expert,
        margin=f"{seen.margin:.3f}",
        last=seen.assignments[-1].chosen,
    )


def _slots(capacity: int) -> str:
    return f"{capacity} capacity slot{'' if capacity == 1 else 's'}"


def _assignment_words(seen: TokenInspection, drop_policy: str) -> list[str]:
    """What became of each assignment, and what reached the stream. Numbers only: no user's text."""
    words = []
    for each in seen.assignments:
        known = {
            "preference": each.preference,
            "expert": each.chosen,
            "gate_weight": f"{each.gate_weight:.3f}",
            "fate": _fate(each, seen.capacity, drop_policy),
        }
        if each.sent == each.chosen:
            words.append(say("assignment.sentence", **known))
        else:
            words.append(say("assignment.rerouted", other=each.sent, **known))
    if any(each.kept for each in seen.assignments):
        share = f"{100 * seen.added_share:.1f}\u202f%"
        return [*words, say("assignment.added", share=share)]
    return [*words, say("assignment.nothing_added")]


def _fate(each: Assignment, capacity: int | None, drop_policy: str) -> str:
    if capacity is None:
        return say("assignment.computed_dropless", position=each.position)
    if each.kept:
        return say("assignment.computed", position=each.position, capacity=capacity)
    policy = title_of("drop_policy", drop_policy)
    slots = _slots(capacity)
    return say("assignment.dropped", position=each.position, slots=slots, policy=policy)


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
        _next_tokens(trace, other, _when(other.step) if live else "")
        if state.noise:
            st.markdown(say("token.noiseless"))


def _next_tokens(trace: RoutingTrace, other: Counterfactual, when: str) -> None:
    rows = next_tokens(trace, other)
    most = max(max(each.probability, each.other_probability) for each in rows)
    title = say(
        "what_if.title",
        when=when,
        runner_up=other.runner_up,
        replaced=other.replaced,
        full=_full(other),
        outcome=_outcome(other),
    )
    bar_table(
        title,
        _TEXTS["what_if"]["header"],
        [
            Row(
                label=say("what_if.true_token", text=each.text) if each.is_true else each.text,
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


def _outcome(other: Counterfactual) -> str:
    if math.isnan(other.added_cross_entropy):
        return say("what_if.outcome_unknown")
    return say(
        "what_if.outcome",
        change=f"{other.added_cross_entropy:+.3f}",
        before=f"{other.cross_entropy:.3f}",
        after=f"{other.other_cross_entropy:.3f}",
    )


def _full(other: Counterfactual) -> str:
    """That the runner-up has no slot left, if so; where the assignment would end."""
    if not other.runner_up_was_full:
        return ""
    full = {
        "expert": other.runner_up,
        "too": say("what_if.too") if other.replaced_was_full else "",
    }
    if other.other_dropped[-1]:
        return say("what_if.dropped", **full)
    return say("what_if.rerouted", other=other.other_sent, **full)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u202f%"


def expert_panel(trace: RoutingTrace, layer: int, expert: int | None) -> None:
    """Its share of the load, its queue in order, the tokens of this text that it gets most."""
    if expert is None or expert >= trace.layers[layer].router_logits.shape[1]:
        st.markdown(say("expert.none"))
        return
    seen = expert_inspection(trace, layer, expert)
    colour = expert_colours(trace.layers[layer].router_logits.shape[1])[expert]
    st.markdown(_expert_words(seen))
    _queue(seen, colour)
    most = max((each.sent for each in seen.favourites), default=1)
    bar_table(
        say("expert.favourites", expert=seen.expert),
        _TEXTS["expert"]["favourites_header"],
        [
            Row(
                label=each.text,
                bars=(each.sent / most,),
                cells=(say("expert.of", sent=each.sent, occurrences=each.occurrences),),
                colour=colour,
            )
            for each in seen.favourites
        ],
        key="favourites",
    )


def _assignments(count: int) -> str:
    return f"{count} assignment{'' if count == 1 else 's'}"


def _expert_words(seen: ExpertInspection) -> str:
    capacity = seen.capacity
    return say(
        "expert.sentence",
        expert=seen.expert,
        load=_percent(seen.load_share),
        even=_percent(seen.even_share),
        kept=sum(each.kept for each in seen.queue),
        assignments=_assignments(len(seen.queue)),
        capacity="" if capacity is None else say("expert.capacity", slots=_slots(capacity)),
        norm=f"{seen.norm:.2f}",
        mean_norm=f"{seen.mean_norm:.2f}",
    )


def _queue(seen: ExpertInspection, colour: str) -> None:
    most = max((each.gate_weight for each in seen.queue), default=1.0) or 1.0
    bar_table(
        say("expert.queue", expert=seen.expert, assignments=_assignments(len(seen.queue))),
        _TEXTS["expert"]["queue_header"],
        [
            Row(
                label=f"{each.token} “{each.text}”",
                bars=(each.gate_weight / most,),
                cells=(
                    f"{each.gate_weight:.3f}",
                    f"{each.position}"
                    if each.kept
                    else say("expert.dropped", position=each.position),
                ),
                colour=colour,
                faded=not each.kept,
            )
            for each in seen.queue
        ],
        key="queue",
    )
