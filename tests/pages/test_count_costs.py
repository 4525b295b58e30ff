"""What the cost pages say of contexts that end, of traffic, of encoders with decoders."""

from __future__ import annotations

import pytest

from moeviz.accounting.communication import all_to_all
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sketch import SKETCHES
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.shared.navigation import (
    DECODING_SPEED,
    FLOPS,
    GRANULARITY,
    MEMORY,
    RELEASED_MODELS,
    TOTAL_VS_ACTIVE,
    YOUR_CONFIG,
)
from tests.architectures import MIXTRAL_8X7B
from tests.pages.test_count_pages import component, numbers
from tests.pages.visit import address, enter, key_of, visit, words


@pytest.mark.parametrize(("like", "context"), [("lab", 64), ("mixtral-8x7b", 4096)])
def test_total_vs_active_counts_operations_over_a_context_that_the_model_can_have(
    page, like, context
):
    visit(page, TOTAL_VS_ACTIVE, like=like)
    flops = forward_flops(SKETCHES[like][1].architecture(), context)
    assert numbers(page)["FLOPs per token (forward)"] == f"{float(flops.per_token):,.1f}"
    shown = component(page, "derived_numbers")[0]["numbers"]
    (formula,) = (each["formula"] for each in shown if each["label"] == "FLOPs per token (forward)")
    assert f"/ {context:,} tokens" in formula


@pytest.mark.parametrize("where", [DECODING_SPEED, FLOPS, GRANULARITY])
@pytest.mark.parametrize("name", ["Switch-Base-8", "Switch-C"])
def test_no_cost_of_a_token_is_shown_of_an_encoder_and_a_decoder(page, where, name):
    visit(page, where, model=name)
    assert "an encoder and a decoder" in words(page)
    assert not numbers(page)
    assert not component(page, "_chart")


def test_what_an_encoder_and_a_decoder_store_is_shown(page):
    visit(page, MEMORY, model="Switch-C")
    assert "an encoder and a decoder" not in words(page)
    assert numbers(page)["Weights"]
    assert "All-to-all traffic" not in numbers(page)


@pytest.mark.parametrize("where", [MEMORY, DECODING_SPEED, FLOPS])
def test_a_context_that_the_labs_model_has_no_positions_for_is_counted_and_said(page, where):
    visit(page, where, like="lab", context="65")
    (note,) = (each.value for each in page.info)
    assert "at most 64 positions" in note
    assert "context of 65" in note
    assert numbers(page)
    visit(page, where, like="lab", context="64")
    assert not page.info


def test_a_context_beyond_what_a_released_model_declares_is_said(page):
    visit(page, DECODING_SPEED, model="Qwen3-30B-A3B", context="40960")
    assert not page.info
    visit(page, DECODING_SPEED, model="Qwen3-30B-A3B", context="40961")
    assert "Qwen3-30B-A3B supports at most 40,960 positions" in page.info[0].value


def test_a_context_beyond_what_a_file_declares_is_said(page):
    visit(page, YOUR_CONFIG)
    text = EXAMPLES["mixtral"][1].replace("{", '{"max_position_embeddings": 32768,', 1)
    page.text_area(key="own_text").set_value(text).run()
    page.button("own_subject").click().run()
    page.switch_page(DECODING_SPEED).run()
    assert not page.info
    page.select_slider(key="count_context").set_value(65_536).run()
    assert "your own supports at most 32,768 positions" in page.info[0].value


def test_the_cache_of_an_encoder_and_a_decoder_says_what_it_counts(page):
    """12 decoder layers of 12 heads of 64: keys and values of the text, and of what is read."""
    visit(page, MEMORY, model="Switch-Base-8", context="512")
    (cache,) = (
        each for row in component(page, "derived_numbers") for each in row["numbers"]
        if each["label"] == "KV cache"
    )  # fmt: skip
    each = 12 * 12 * 128 * 512 * 2
    assert cache["exact"] == f"{2 * each:,} bytes"
    assert cache["change"] == "for 512 tokens read and 512 written"
    assert "the encoder caches nothing" in cache["source"]
    values = {}
    for name, _, value in cache["terms"]:
        values[name] = values.get(name, 0) + int(value.replace(",", ""))
    assert values == {
        "KV cache: keys and values": each,
        "KV cache: keys and values of the input": each,
    }


def test_memory_says_what_expert_parallelism_sends(page):
    visit(page, MEMORY, ep="4", routed="1000")
    sent = all_to_all(MIXTRAL_8X7B, 1000, 4, "training").total_bytes
    assert numbers(page)["All-to-all traffic"] == f"{sent:,} bytes"
    page.number_input("count_ep").set_value(1).run()
    assert numbers(page)["All-to-all traffic"] == "0 bytes"


def test_the_time_of_sending_is_that_of_the_link_that_the_visitor_names(page):
    visit(page, MEMORY, ep="4", routed="1000")
    sent = all_to_all(MIXTRAL_8X7B, 1000, 4, "training").total_bytes
    assert numbers(page)["Transfer time"] == f"at least {sent / 4 / 50e9:.6g} s"
    page.number_input("count_link").set_value(450.0).run()
    assert numbers(page)["Transfer time"] == f"at least {sent / 4 / 450e9:.6g} s"


def path_of(block, key: str) -> tuple[int, ...] | None:
    """Where on the page the widget of that key is."""
    for place, each in getattr(block, "children", {}).items():
        if key_of(each) == key:
            return (place,)
        if (inside := path_of(each, key)) is not None:
            return (place, *inside)
    return None


@pytest.mark.parametrize(
    ("where", "key", "value", "told"),
    [
        (TOTAL_VS_ACTIVE, "sketch_n_heads", 7, "Key-value heads must be"),
        (DECODING_SPEED, "count_bandwidth", -4.0, "Bandwidth, GB/s must be"),
        (MEMORY, "count_memory", -4.0, "Memory, GB must be"),
    ],
)
def test_a_refusal_does_not_move_the_field_that_it_came_from(page, where, key, value, told):
    """A browser keeps an expander open only where it stays in its place."""
    visit(page, where)
    before = path_of(page.main, key)
    assert before is not None
    page.number_input(key).set_value(value).run()
    assert told in words(page)
    assert path_of(page.main, key) == before


def test_an_emptied_figure_of_the_accelerator_is_that_of_the_data_sheet_again(page):
    visit(page, DECODING_SPEED, peak="100")
    assert page.number_input("count_peak").value == 100
    enter(page, "count_peak", None)
    assert page.number_input("count_peak").value is None
    assert "peak" not in address(page)


def test_an_encoder_and_a_decoder_lead_to_no_page_of_costs_per_token(page):
    visit(page, RELEASED_MODELS, compare="Switch-C,Kimi-K2")
    links = [each.proto.label for each in page.get("page_link")]
    assert [each for each in links if "Switch-C" in each] == ["Memory of Switch-C"]
    assert {"FLOPs of Kimi-K2", "Decoding speed of Kimi-K2"} <= set(links)


def test_a_released_model_says_which_of_its_printed_numbers_are_from_memory(page):
    visit(page, RELEASED_MODELS, compare="LongCat-Flash")
    assert "The printed numbers are from memory" in words(page)
    assert "Router: Softmax over 512 experts" in words(page)
    visit(page, RELEASED_MODELS, compare="Mixtral-8x7B")
    assert "from memory" not in words(page)
