"""What a scene shows in plain words, for the token that leads on the stage.

Arranges facts of `analysis`. Figures only: a visitor's text is drawn by `st.text` alone.
"""

from __future__ import annotations

import streamlit as st

from moeviz.analysis.inspection import TokenInspection, token_inspection
from moeviz.analysis.stage_scenes import SCENES
from moeviz.analysis.token_words import leading_token, split_words
from moeviz.engine.protocol import RunStatus
from moeviz.texts import say_from
from moeviz.traces import RoutingTrace
from moeviz.ui.inspect.asking import asked_arm, load_asking

say = say_from(__file__)


def scene_words(trace: RoutingTrace, status: RunStatus | None, layer: int, scene: int) -> None:
    """The scene that the stage has reached, as told to somebody who sees it for the first time."""
    if not trace.tokens:
        return
    token = _shown_token(trace)
    name, seen = SCENES[scene], token_inspection(trace, layer, token)
    st.markdown(f"**{name.capitalize()}.** {_what(trace, name, seen)}")
    st.text(say("lead", text=seen.text, position=token))
    st.markdown(_of_the_token(name, seen))
    if name == "arrive":
        _why_in_pieces(trace, status)
    if name == "select":
        st.markdown(say("another_expert"))


def _shown_token(trace: RoutingTrace) -> int:
    """The picked token, else the one that leads."""
    picked = load_asking().token
    return (
        picked if picked is not None and picked < len(trace.tokens) else leading_token(trace.tokens)
    )


def _what(trace: RoutingTrace, name: str, seen: TokenInspection) -> str:
    """What happens to every token in this scene."""
    n_experts = len(seen.candidates)
    figures: dict[str, object] = {
        "arrive": {"tokens": len(trace.tokens)},
        "score": {"experts": n_experts},
        "select": {"top_k": len(seen.assignments), "experts": n_experts},
    }.get(name, {})  # type: ignore[assignment]
    return say(f"what.{name}", **figures)


def _of_the_token(name: str, seen: TokenInspection) -> str:
    """What the scene does to the token that leads, with its numbers."""
    best, worst = seen.candidates[0], seen.candidates[-1]
    ways = seen.assignments
    if name == "score":
        return say(
            "token.score", score=seen.score_name, best=best.expert, most=f"{best.score:.2f}",
            worst=worst.expert, least=f"{worst.score:.2f}",
        )  # fmt: skip
    if name == "select":
        return say("token.select", experts=_experts([each.chosen for each in ways]))
    if name in ("weigh", "combine"):
        weights = [say("token.weight", expert=w.sent, weight=f"{w.gate_weight:.2f}") for w in ways]
        return say(f"token.{name}", weights=_listed(weights))
    if name == "dispatch":
        return " ".join(
            say(f"token.{'queued' if each.kept else 'dropped'}", expert=each.sent,
                position=each.position)
            for each in ways
        )  # fmt: skip
    if name == "compute":
        kept = [each.sent for each in ways if each.kept]
        return say("token.compute", experts=_experts(kept)) if kept else say("token.nothing")
    if name == "residual":
        return say("token.residual", share=f"{100 * seen.added_share:.0f}\u202f%")
    return say("token.arrive")


def _experts(numbers: list[int]) -> str:
    return f"expert{'' if len(numbers) == 1 else 's'} {_listed([f'{each}' for each in numbers])}"


def _listed(items: list[str]) -> str:
    """In the order of preference: "3, 5 and 1"."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _why_in_pieces(trace: RoutingTrace, status: RunStatus | None) -> None:
    """Which words are in several tokens, and why; nothing where none is."""
    words = split_words(trace.tokens)
    arm = asked_arm(load_asking(), status)
    if not words or arm is None:
        return
    first = words[0]
    st.text(
        say(
            "pieces.word", word=first.text, pieces=first.end - first.start,
            others=say("pieces.others", count=len(words) - 1) if len(words) > 1 else "",
        )
    )  # fmt: skip
    digits = any(word.text.isdigit() for word in words)
    why = say("pieces.why", size=f"{arm.model.vocab_size:,}")
    st.markdown(f"{why} {say('pieces.digits') if digits else ''}".strip())
