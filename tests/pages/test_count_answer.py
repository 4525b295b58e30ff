"""Your config.json answers what serving takes, and follows its fields."""

from __future__ import annotations

import json

import pytest

from moeviz.accounting.hardware import HARDWARE
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.shared.navigation import DECODING_SPEED, MEMORY, YOUR_CONFIG
from tests.pages.test_count_pages import component, numbers
from tests.pages.visit import address, visit, words

SMALL = "MoE layers whose experts stay"
ON_HOST = "Tokens per second, experts computed on the host"
FIGURES = ("small_memory", "small_bandwidth", "host_memory", "host_bandwidth", "host_link")


def rows(page) -> list[dict[str, str]]:
    """Each row of derived numbers as it is shown, by label."""
    return [
        {each["label"]: each["shown"] for each in row["numbers"]}
        for row in component(page, "derived_numbers")
    ]


def links(page) -> list[tuple[str, dict[str, str]]]:
    """Label and parameters of each link to a page of Cost."""
    found = [each.proto for each in page.get("page_link")]
    return [
        (p.label, dict(pair.split("=") for pair in p.query_string.split("&")))
        for p in found
        if p.label.startswith(("Memory", "Decoding speed"))
    ]


def test_the_answer_stands_for_two_kinds_of_accelerators(page):
    """Mixtral in 16 bits: two H100 or five RTX 4090."""
    visit(page, YOUR_CONFIG)
    _, first, first_speed, second, second_speed, *_ = rows(page)
    assert (first["Accelerators needed"], second["Accelerators needed"]) == ("2", "5")
    assert first["Sequences that fit"] == "94"
    for speed in (first_speed, second_speed):
        assert next(iter(speed)) == "Tokens per second, one sequence"
        assert all(shown.startswith("at most ") for shown in speed.values())


def test_every_figure_has_a_link_to_the_page_with_the_same_figure(page):
    visit(page, YOUR_CONFIG)
    _, memory, speed, *_ = rows(page)
    to_memory, to_alone, to_batch, *_ = links(page)
    visit(page, MEMORY, **to_memory[1])
    assert rows(page)[0]["Sequences that fit"] == memory["Sequences that fit"]
    for (_, query), shown in zip((to_alone, to_batch), speed.values(), strict=True):
        visit(page, DECODING_SPEED, **query)
        assert address(page)["model"] == "own"
        assert "refused" not in words(page)
        assert rows(page)[0]["Tokens per second"] == shown


def test_the_link_of_the_second_accelerator_leaves_the_firsts_own_figures_out(page):
    visit(page, YOUR_CONFIG, memory="200.0", bandwidth="9000.0")
    assert rows(page)[1]["Accelerators needed"] == "1"
    assert rows(page)[3]["Accelerators needed"] == "5"
    queries = [query for _, query in links(page)]
    assert [("memory" in query, query.get("hardware")) for query in queries] == [
        *[(True, None)] * 3, *[(False, "RTX+4090")] * 3,
    ]  # fmt: skip


def test_a_batch_that_is_asked_for_counts_and_is_named(page):
    visit(page, YOUR_CONFIG, batch="256")
    assert rows(page)[1]["Accelerators needed"] == "4"
    assert "Tokens per second, batch of 256" in rows(page)[2]


def test_a_file_in_its_own_number_format_is_answered_in_it(page):
    visit(page, YOUR_CONFIG)
    quantised = '{"quantization_config": {"quant_method": "fp8"}, '
    page.text_area(key="own_text").set_value(
        EXAMPLES["mixtral"][1].strip().replace("{", quantised, 1)
    ).run()
    assert page.selectbox(key="count_precision").value == "fp8"
    assert rows(page)[1]["Accelerators needed"] == "1"
    assert "The file stores its weights in fp8." in words(page)


def test_a_dense_model_is_answered_and_has_no_experts_to_move(page):
    visit(page, YOUR_CONFIG, example="llama-3.1")
    assert numbers(page)["Total parameters"] == "8,030,261,248"
    assert rows(page)[1]["Accelerators needed"] == "1"
    assert "no experts that could stay on the host" in words(page)
    assert not page.code


def test_a_context_longer_than_the_model_supports_is_said(page):
    visit(page, YOUR_CONFIG, example="llama-3.1", context="262144")
    assert "This model supports at most 131,072 positions" in page.info[0].value


def test_all_kinds_of_accelerators_are_in_one_table(page):
    visit(page, YOUR_CONFIG)
    table = component(page, "sortable_table")[0]
    assert [row[0][0] for row in table["rows"]] == list(HARDWARE)


def test_an_encoder_and_decoder_have_a_size_and_no_speed(page):
    visit(page, YOUR_CONFIG)
    nllb = {"model_type": "nllb-moe"}
    page.text_area(key="own_text").set_value(json.dumps(nllb)).run()
    assert not page.exception
    labels = [label for row in rows(page) for label in row]
    assert "Accelerators needed" in labels
    assert not any("Tokens per second" in label for label in labels)
    assert "there is no decoding speed here" in words(page)


def test_a_smaller_accelerator_says_which_experts_stay_and_what_llama_cpp_takes(page):
    """Mixtral in 16 bits on 24 GB: see the test of the formula."""
    visit(page, YOUR_CONFIG)
    shown = rows(page)[-1]
    assert shown[SMALL] == "6 of 32"
    assert [each.value for each in page.code] == [
        "--n-gpu-layers 999 --n-cpu-moe 26 --ctx-size 4096"
    ]
    assert "The experts of 6 of 32 MoE layers stay on RTX 4090." in words(page)
    page.number_input("count_small_memory").set_value(48).run()
    assert int(rows(page)[-1][SMALL].split(" ")[0]) > 6
    assert address(page) == {"small_memory": "48.0"}


def test_a_faster_host_decodes_faster(page):
    visit(page, YOUR_CONFIG)
    before = numbers(page)[ON_HOST]
    page.number_input("count_host_bandwidth").set_value(179.2).run()
    assert float(numbers(page)[ON_HOST].split()[-1]) > 1.9 * float(before.split()[-1])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"small_memory": "2.0"}, "does not fit on RTX 4090, changed in this way"),
        ({"host_memory": "64.0"}, "The host's memory is too small."),
        ({"small": "MI300X"}, "Everything fits on MI300X."),
    ],
)
def test_what_does_not_fit_is_said(page, query, said):
    visit(page, YOUR_CONFIG, **query)
    assert said in words(page)
    assert bool(page.code) == ("small_memory" not in query)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("nonsense", [-7, 0])
def test_nonsense_memory_and_bandwidth_are_refused_by_field_value_and_bound(page, name, nonsense):
    visit(page, YOUR_CONFIG)
    page.number_input(f"count_{name}").set_value(nonsense).run()
    assert not page.exception
    knob = COUNT_KNOBS[name]
    bound = knob.bound
    assert f"{knob.label} must be {bound}, got {nonsense}" in words(page)
    assert address(page) == {}


@pytest.mark.parametrize("name", FIGURES)
def test_nonsense_in_the_address_is_refused(page, name):
    visit(page, YOUR_CONFIG, **{name: "nan"})
    assert f"{name}=nan was refused" in words(page)
    assert rows(page)[-1][SMALL] == "6 of 32"


def test_the_text_can_be_read_by_a_button(page):
    visit(page, YOUR_CONFIG)
    page.text_area(key="own_text").set_value(EXAMPLES["qwen3"][1])
    page.button("own_read").click().run()
    assert numbers(page)["Total parameters"] == "30,532,122,624"
    (watched,) = component(page, "unread_text")
    assert watched["text"] == EXAMPLES["qwen3"][1]
