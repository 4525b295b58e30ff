"""The sentences of the cost pages about their numbers, in Markdown. Decides no number."""

from __future__ import annotations

from moeviz.accounting.executed_flops import ExecutedFlops
from moeviz.accounting.memory import RESERVED
from moeviz.accounting.total_and_active import TotalAndActive
from moeviz.accounting.units import count, exact, percent, ratio, seconds, size
from moeviz.analysis.cost.decoding_speed import Shortfall, SpeedInfo
from moeviz.analysis.distinct_experts import TouchedSteps
from moeviz.texts import fill, strings
from moeviz.traces import DistinctExperts

_WORDS = strings(__file__)


def speed_words(info: SpeedInfo) -> str:
    """The dense models of the same speed: at batch size 1, at most, and where compute-bound."""
    said = _WORDS["speed"]
    single = fill(
        said["single"], first=count(info.like_dense[0]), most=count(max(info.like_dense)),
        format=info.serving.precision.matrices.name,
    )  # fmt: skip
    if info.turning is None or info.turning_like_dense is None:
        one = info.steps[0]
        cache = one.cache_bytes / info.serving.hardware.bytes_per_second
        return single + fill(
            said["never"], context=exact(info.serving.context), cache=seconds(cache),
            compute=seconds(one.compute_seconds),
        )  # fmt: skip
    if info.turning == 1:
        return f"{single}{said['always']}"
    like = count(info.turning_like_dense)
    return single + fill(said["from"], batch=exact(info.turning), like=like)


def fit_words(short: Shortfall | None, hardware: str, batch: int) -> str:
    """That the memory is too small, and what would be enough; "" where it is not."""
    if short is None:
        return ""
    said = _WORDS["fit"]
    return fill(
        said["text"], what=said["cache"] if short.weights_fit else said["weights"],
        sequences=said["one"] if batch == 1 else fill(said["many"], batch=exact(batch)),
        held=size(short.held), hardware=hardware, memory=size(short.memory),
        reserved=percent(float(RESERVED)), enough=exact(short.enough),
    )  # fmt: skip


def capacity_words(executed: ExecutedFlops, factor: float, n_experts: int) -> str:
    """What a capacity factor executes, pads and drops with even routing."""
    return fill(
        _WORDS["capacity"]["text"], factor=f"{factor:g}", experts=_some(n_experts, "expert"),
        each=_some(executed.slots // n_experts, "capacity slot"),
        slots=_some(executed.slots, "slot"), assignments=_some(executed.assigned, "assignment"),
        padding=percent(float(executed.padding_fraction)),
        dropped=percent(float(executed.dropped_fraction)),
    )  # fmt: skip


def _some(number_of: int, what: str) -> str:
    return f"{exact(number_of)} {what}" + ("" if number_of == 1 else "s")


def name_words(sums: TotalAndActive) -> str:
    """Why E × the model with one expert is not the total; "" for one expert, where it is."""
    if sums.n_experts == 1:
        return ""
    n, k = sums.n_experts, sums.top_k
    return fill(
        _WORDS["name"]["text"], experts=str(n), k=str(k), one=count(sums.with_one_expert),
        naive=count(sums.naive_total), naive_active=count(k * sums.with_one_expert),
        outside=count(sums.outside_experts), expert=count(sums.expert_everywhere),
        total=count(sums.total), active=count(sums.active),
    )  # fmt: skip


def growth_words(sums: TotalAndActive) -> str:
    """How much larger E experts make the model, and what one more of them adds."""
    said, lead = _WORDS["growth"], ""
    if sums.n_experts > 1:
        growth = ratio(sums.total / sums.with_one_expert)
        lead = fill(said["lead"], experts=exact(sums.n_experts), growth=growth)
    layers, expert = str(sums.n_moe_layers), count(sums.expert_everywhere)
    return lead + fill(said["text"], layers=layers, expert=expert)


def touched_words(found: DistinctExperts, steps: TouchedSteps) -> str:
    """Distinct experts of a measured model's decode steps, beside even routing."""
    said = _WORDS["touched"]
    read, even = size(steps.routed.total_bytes), size(steps.even.total_bytes)
    return fill(
        said["text"], step=exact(found.step), experts=str(found.n_experts),
        k=str(found.top_k), sequences=_some(steps.batch, "sequence"),
        even=f"{steps.even_experts:.2f}", touched=f"{steps.touched:.2f}",
        bytes=fill(said["same"], read=read)
        if read == even
        else fill(said["other"], read=read, even=even),
    )  # fmt: skip
