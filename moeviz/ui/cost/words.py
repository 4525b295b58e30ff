"""What the pages of costs say of their numbers in sentences. Markdown; decides no number."""

from __future__ import annotations

from moeviz.accounting.executed_flops import ExecutedFlops
from moeviz.accounting.memory import RESERVED
from moeviz.accounting.total_and_active import TotalAndActive
from moeviz.accounting.units import count, exact, percent, ratio, seconds, size
from moeviz.analysis.cost.decoding_speed import Shortfall, SpeedInfo
from moeviz.analysis.distinct_experts import TouchedSteps
from moeviz.traces import DistinctExperts


def speed_words(info: SpeedInfo) -> str:
    """Where "costs what a token meets" is true: at one sequence, and where arithmetic decides."""
    first, most = info.like_dense[0], max(info.like_dense)
    held = info.serving.precision.matrices.name
    costs = (
        f"**One sequence costs like a dense {count(first)} in {held}, a batch up to "
        f"{count(most)}.** "
    )
    if info.turning is None or info.turning_like_dense is None:
        one = info.steps[0]
        cache = one.cache_bytes / info.serving.hardware.bytes_per_second
        return costs + (
            f"Arithmetic decides at no batch: a cache of {exact(info.serving.context)} takes "
            f"{seconds(cache)} to read, a token {seconds(one.compute_seconds)} to compute."
        )
    if info.turning == 1:
        return costs + "Arithmetic decides at every batch."
    turned = count(info.turning_like_dense)
    return costs + f"From B = {exact(info.turning)} on arithmetic decides: {turned} again."


def fit_words(short: Shortfall | None, hardware: str, batch: int) -> str:
    """That the accelerators cannot hold what is timed, and how many could; "" where they can."""
    if short is None:
        return ""
    sequences = "the cache of one sequence" if batch == 1 else f"the caches of {exact(batch)}"
    what = "The weights fit, the cache does not" if short.weights_fit else "The weights do not fit"
    return (
        f"**{what}**: with {sequences} they are {size(short.held)}, and {hardware} has "
        f"{size(short.memory)}, {percent(float(RESERVED))} of it kept free. "
        f"{exact(short.enough)} would hold them. The times are the roofline's, were it to fit."
    )


def capacity_words(executed: ExecutedFlops, factor: float, n_experts: int) -> str:
    """What a capacity factor executes, pads and drops at even routing."""
    each = executed.slots // n_experts
    return (
        f"A factor of {factor:g} gives each of {_some(n_experts, 'expert')} {_some(each, 'seat')}: "
        f"{_some(executed.slots, 'slot')} for {_some(executed.asked, 'choice')}. Even at perfectly "
        f"even routing **{percent(float(executed.padding_fraction))}** of what is executed is "
        f"padding and **{percent(float(executed.dropped_fraction))}** of the choices are dropped; "
        "skew makes both larger. Dropless kernels execute what is asked for."
    )


def _some(number_of: int, what: str) -> str:
    return f"{exact(number_of)} {what}" + ("" if number_of == 1 else "s")


def name_words(sums: TotalAndActive) -> str:
    """Why E × the size of one model is not the total: the sums."""
    n, k = sums.n_experts, sums.top_k
    one, outside, expert = map(
        count, (sums.with_one_expert, sums.outside_experts, sums.expert_everywhere)
    )
    return (
        f"**Why {n} × {one} is not {count(sums.naive_total)}.** With one expert in each MoE layer, "
        f"the router unchanged, this model would have {one}. Only the experts exist {n} times; "
        f"attention, embedding, router and head, {outside} together, exist once:  \n"
        f"{outside} + {n} · {expert} = **{count(sums.total)}** total, not "
        f"{count(sums.naive_total)};  \n"
        f"{outside} + {k} · {expert} = **{count(sums.active)}** active, not "
        f"{k} · {one} = {count(k * sums.with_one_expert)}."
    )


def growth_words(sums: TotalAndActive) -> str:
    """By how much E experts make the model larger."""
    n, expert = sums.n_experts, count(sums.expert_everywhere)
    return (
        f"**Parameters do not grow {exact(n)}-fold.** From 1 expert to {exact(n)} the model grows "
        f"{ratio(sums.total / sums.with_one_expert)}, not ×{exact(n)}. One more expert in each of "
        f"{sums.n_moe_layers} layers adds {expert} to the total, and to the active parameters only "
        f"its row of the router. One more expert per token (k + 1) adds {expert} to the active "
        "parameters and nothing to the total."
    )


def touched_words(found: DistinctExperts, steps: TouchedSteps) -> str:
    """What a live model's decoding steps touch, beside even routing's."""
    sequences = "1 sequence" if steps.batch == 1 else f"{exact(steps.batch)} sequences"
    return (
        f"At step {found.step:,}, N = {found.n_experts} and k = {found.top_k}: {sequences} at even "
        f"routing would touch {steps.even_experts:.2f} experts of a layer. The model, step by step "
        f"through held-out text, touches **{steps.touched:.2f}**, and reads "
        f"{size(steps.routed.total_bytes)} in place of {size(steps.even.total_bytes)}. "
        "Where routing is skewed a step reads less than the "
        "formula says, and the experts that it reads are the crowded ones."
    )
