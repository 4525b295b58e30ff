"""The cost pages, without any worker: they count what their controls say."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.families.registry import FAMILIES
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.lab_model import (
    active_parameters,
    lab_architecture,
    total_parameters,
)
from moeviz.accounting.memory import Parallelism, training_memory, usual_expert_ranks
from moeviz.accounting.released import released_model
from moeviz.accounting.sketch import SKETCH_KNOBS
from moeviz.analysis.cost.granularity import sweep_info
from moeviz.analysis.cost.released_models import released_info, released_names
from moeviz.engine.protocol import EngineError
from moeviz.traces import DistinctExperts, DistinctExpertsQuestion
from moeviz.ui.cost import (
    check_with_transformers,
    decoding_speed_lesson,
    flops_lesson,
    granularity_lesson,
    memory_lesson,
    released_models_lesson,
    total_vs_active_lesson,
    your_config,
    your_config_lesson,
)
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.sliders import MORE_KNOBS, SLIDER_STOPS, slider_stops
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState
from moeviz.ui.shared.navigation import (
    DECODING_SPEED,
    FLOPS,
    GRANULARITY,
    LAB,
    MEMORY,
    RELEASED_MODELS,
    TOTAL_VS_ACTIVE,
    YOUR_CONFIG,
)
from tests.pages.visit import address, visit, words

NUMBERS = [
    name
    for name in MORE_KNOBS
    if SKETCH_KNOBS[name].kind == "int" and name not in ("q_rank", "kv_rank", "rope_dim")
]
NO_FILE = "**Your file is not here.**"


def component(page, name: str) -> list[dict]:
    """What the components of that name were given, in the order of the page."""
    found = [each.proto for each in page.get("bidi_component")]
    return [json.loads(p.json)[0] for p in found if p.component_name.endswith(name)]


def numbers(page) -> dict[str, str]:
    """The derived numbers of a page in full, by label."""
    rows = component(page, "derived_numbers")
    return {each["label"]: each["exact"] for row in rows for each in row["numbers"]}


def test_moving_a_slider_asks_no_engine(page, hand):
    visit(page, TOTAL_VS_ACTIVE)
    told = list(hand.asked)  # the start page, where a test's visit begins, wakes a worker
    page.select_slider(key="sketch_n_experts").set_value(16).run()
    assert hand.asked == told


def test_total_vs_active_opens_with_mixtral_to_the_parameter(page):
    visit(page, TOTAL_VS_ACTIVE)
    assert numbers(page)["Total parameters"] == "46,702,792,704"
    assert numbers(page)["Active, with embedding and head"] == "12,879,925,248"
    assert address(page) == {}


def test_sliders_move_total_and_active_apart_and_the_address_follows(page):
    visit(page, TOTAL_VS_ACTIVE)
    page.select_slider(key="sketch_n_experts").set_value(16).run()
    page.select_slider(key="sketch_top_k").set_value(1).run()
    assert not page.exception
    assert address(page) == {"experts": "16", "k": "1"}
    changes = {n["label"]: n["change"] for n in component(page, "derived_numbers")[0]["numbers"]}
    assert changes["Total parameters"].startswith("+96.")
    assert changes["Active, with embedding and head"].startswith("-")
    assert changes["FLOPs per token (forward)"].startswith("-")


def test_another_start_replaces_all_sliders(page):
    visit(page, TOTAL_VS_ACTIVE, experts="16")
    page.selectbox(key="count_like").set_value("deepseek-v3").run()
    assert address(page) == {"like": "deepseek-v3"}
    assert numbers(page)["Total parameters"] == "671,026,419,200"


def test_fewer_experts_than_a_token_uses_are_refused_in_words(page):
    visit(page, TOTAL_VS_ACTIVE)
    page.select_slider(key="sketch_n_experts").set_value(1).run()
    assert "Experts per token k must be at most Experts E = 1, got 2" in words(page)
    assert address(page) == {}
    assert page.select_slider(key="sketch_n_experts").value == 8


def test_more_key_value_heads_than_heads_are_refused_by_their_labels(page):
    visit(page, TOTAL_VS_ACTIVE)
    page.number_input("sketch_n_kv_heads").set_value(33).run()
    assert "Key-value heads must be at most Heads H = 32, got 33" in words(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"vary": "experts", "value": "1"}, "E must be a whole number of at least 2, got 1"),
        (
            {"vary": "split", "value": "3"},
            "m must be a divisor of the expert width F (14336), got 3",
        ),
    ],
)
def test_a_value_that_a_model_cannot_have_is_refused_by_its_letter(page, query, said):
    visit(page, GRANULARITY, **query)
    assert said in words(page)


@pytest.mark.parametrize("name", NUMBERS)
def test_nonsense_in_a_field_is_refused_in_words(page, name):
    visit(page, TOTAL_VS_ACTIVE)
    page.number_input(f"sketch_{name}").set_value(-7).run()
    assert not page.exception
    assert f"{SKETCH_KNOBS[name].label} must be" in words(page)
    assert address(page) == {}


def test_nonsense_in_the_address_is_named(page):
    visit(page, TOTAL_VS_ACTIVE, experts="many", like="gpt-5", extra="<b>")
    for name in ("experts=many", "like=gpt-5"):
        assert f"{name} was refused" in words(page)
    assert "extra=<b> was left out" in words(page)
    assert numbers(page)["Total parameters"] == "46,702,792,704"


def test_an_unusual_value_is_a_stop_of_its_slider(page):
    visit(page, TOTAL_VS_ACTIVE, experts="13", d_model="1000")
    assert page.select_slider(key="sketch_n_experts").value == 13
    assert slider_stops(SLIDER_STOPS["top_k"], 7, 13) == [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13]


@pytest.mark.parametrize(
    "each", total_vs_active_lesson.TEXTS.experiments, ids=lambda each: each.title
)
def test_experiments_lead_to_what_they_say(page, each):
    visit(page, TOTAL_VS_ACTIVE, **each.query)
    assert "refused" not in words(page)
    assert address(page) == dict(each.query)


def test_every_bar_is_also_in_a_table(page):
    visit(page, TOTAL_VS_ACTIVE)
    (bars,) = component(page, "_chart")
    assert [row[0] for row in bars["rows"]][-1] == "all"
    assert bars["rows"][-1][1] == "46,702,792,704"


def test_the_own_model_opens_with_an_example_and_every_tensor(page):
    visit(page, YOUR_CONFIG)
    assert numbers(page)["Total parameters"] == "46,702,792,704"
    table = component(page, "sortable_table")[-1]
    assert sum(row[6][1] for row in table["rows"]) == 46_702_792_704
    assert sum(row[7][1] for row in table["rows"]) == 12_879_925_248


def test_pasted_text_is_counted_and_stays_out_of_the_address(page):
    visit(page, YOUR_CONFIG)
    text = EXAMPLES["mixtral"][1].replace('"num_local_experts": 8', '"num_local_experts": 16')
    page.text_area(key="own_text").set_value(text).run()
    assert not page.exception
    more = 8 * 32 * (3 * 4096 * 14_336 + 4096)
    assert numbers(page)["Total parameters"] == f"{46_702_792_704 + more:,}"
    assert address(page) == {"example": "yours"}
    page.selectbox(key="own_example").set_value("qwen3").run()
    assert numbers(page)["Total parameters"] == "30,532,122,624"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "config.json must be JSON"),
        ("[]", "config.json must be a JSON object"),
        ("{}", "model_type is missing: it must be one of"),
        ('{"model_type": "mixtrel"}', "The nearest: mixtral, "),
        ('{"model_type": "grok-1"}', "is missing: it must be"),
        (
            EXAMPLES["impossible"][1],
            "num_experts_per_tok must be a whole number from 1 to 8, got 9",
        ),
        ("![x](https://example.org/x.png)", "config.json must be JSON"),
        ("[" * 100_000, "config.json must be JSON"),
        ('{"model_type":' * 600 + "0" + "}" * 600, "objects and lists inside each other"),
    ],
)
def test_what_is_no_configuration_is_refused_in_words_and_drawn_as_text(page, text, told):
    visit(page, YOUR_CONFIG)
    page.text_area(key="own_text").set_value(text).run()
    assert not page.exception
    assert any(told in each.value for each in page.text)
    assert not component(page, "sortable_table")


@pytest.mark.parametrize("installed", [False, True])
def test_a_button_that_is_disabled_says_why(page, monkeypatch, installed):
    monkeypatch.setattr(check_with_transformers, "is_installed", lambda: installed)
    visit(page, YOUR_CONFIG)
    reason = "The button is disabled. The server needs `pip install 'moeviz[transformers]'` for it."
    assert page.button(key="own_check").disabled == (not installed)
    assert (reason in words(page)) == (not installed)


def test_the_page_lists_every_model_type_that_it_reads():
    """Where the refusal of another one says that it does."""
    said = your_config_lesson.TEXTS["How this is computed"]
    assert all(f"`{name}`" in said for name in FAMILIES)


def test_a_text_that_breaks_the_reader_can_be_replaced(page, monkeypatch):
    def broken(text: str) -> None:
        raise RuntimeError

    visit(page, YOUR_CONFIG)
    with monkeypatch.context() as patched:
        patched.setattr(your_config, "read_config_json", broken)
        page.text_area(key="own_text").set_value("anything").run()
        assert page.exception
    page.text_area(key="own_text").set_value(EXAMPLES["mixtral"][1]).run()
    assert not page.exception
    assert numbers(page)["Total parameters"] == "46,702,792,704"


def test_what_was_filled_in_renamed_or_not_read_is_said(page):
    visit(page, YOUR_CONFIG)
    text = EXAMPLES["mixtral"][1].replace("num_local_experts", "num_experts")
    text = text.replace('"hidden_size": 4096', '"use_grouped_mm": true')
    page.text_area(key="own_text").set_value(text).run()
    assert numbers(page)["Total parameters"] == "46,702,792,704"
    said = words(page)
    assert "the defaults of the model family: hidden_size = 4096" in said
    assert "num_experts as num_local_experts" in said
    assert "without effect: use_grouped_mm" in said


@pytest.mark.slow
def test_the_file_is_checked_by_building_it_in_another_process(page):
    visit(page, YOUR_CONFIG)
    page.button("own_check").click().run(timeout=120)
    assert not page.exception
    assert "equal, component by component" in words(page)
    unknown = '{"model_type": "gemma2", "num_hidden_layers": 1}'
    page.text_area(key="own_text").set_value(unknown).run()
    assert "equal, component by component" not in words(page)
    page.button("own_check").click().run(timeout=120)
    assert "Counted by building Gemma2ForCausalLM" in words(page)


def test_the_files_number_format_is_that_of_the_other_pages(page):
    visit(page, YOUR_CONFIG)
    quantised = '{"quantization_config": {"quant_method": "fp8"}, '
    text = EXAMPLES["mixtral"][1].strip().replace("{", quantised, 1)
    page.text_area(key="own_text").set_value(text).run()
    page.button("own_subject").click().run()
    assert address(page) == {"model": "own", "precision": "fp8"}


def test_an_upload_is_counted_and_one_that_is_no_text_is_refused(page):
    visit(page, YOUR_CONFIG)
    page.file_uploader(key="own_upload").upload("c.json", EXAMPLES["qwen3"][1].encode()).run()
    assert numbers(page)["Total parameters"] == "30,532,122,624"
    page.file_uploader(key="own_upload").upload("c.json", b" " * 8_000_001).run()
    assert "at most 8,000,000 bytes" in words(page)
    page.file_uploader(key="own_upload").upload("c.json", b"\xff\xfe\x00").run()
    assert not page.exception
    assert "config.json must be text in UTF-8" in words(page)
    assert numbers(page)["Total parameters"] == "30,532,122,624"


def test_the_own_model_becomes_the_subject_of_the_other_pages(page):
    visit(page, YOUR_CONFIG, example="qwen3")
    page.button("own_subject").click().run()
    assert address(page) == {"example": "qwen3", "model": "own"}
    assert page.button("own_subject").disabled


@pytest.mark.parametrize("each", your_config_lesson.TEXTS.experiments, ids=lambda each: each.title)
def test_experiments_on_files_lead_to_what_they_say(page, each):
    visit(page, YOUR_CONFIG, **each.query)
    assert address(page) == dict(each.query)
    refused = any("num_experts_per_tok" in text.value for text in page.text)
    assert refused == ("impossible" in each.title)


def test_an_address_that_promises_a_file_falls_back_to_the_example(page):
    visit(page, YOUR_CONFIG, example="yours")
    assert numbers(page)["Total parameters"] == "46,702,792,704"
    assert NO_FILE in words(page)
    assert "Part of the address" not in words(page)


@pytest.mark.parametrize("query", [{"model": "own"}, {"model": "own", "example": "yours"}])
def test_a_link_to_ones_own_file_says_what_is_shown_in_its_place(page, query):
    visit(page, DECODING_SPEED, **query)
    assert NO_FILE in words(page)
    assert "Part of the address" not in words(page)
    assert "Shown instead: Mixtral-8x7B" in words(page)


def test_what_an_address_cannot_bring_and_what_of_it_is_refused_are_told_apart(page):
    visit(page, DECODING_SPEED, model="own", batch="none")
    headings = [each.value for each in page.markdown if ":material/info:" in each.value]
    assert ["refused" in each for each in headings] == [True, False]
    assert "batch=none was refused" in words(page)


def test_a_link_to_an_examples_file_brings_it_and_says_nothing(page):
    visit(page, YOUR_CONFIG)
    page.button("own_subject").click().run()
    assert address(page) == {"example": "mixtral", "model": "own"}
    visit(page, DECODING_SPEED, **address(page))
    assert NO_FILE not in words(page)


def test_a_link_to_the_own_file_shows_it_in_the_visit_that_has_it(page):
    visit(page, YOUR_CONFIG)
    text = EXAMPLES["mixtral"][1].replace('"num_local_experts": 8', '"num_local_experts": 16')
    page.text_area(key="own_text").set_value(text).run()
    visit(page, DECODING_SPEED, model="own")
    assert "File: your own" in page.selectbox(key="count_model").options
    assert NO_FILE not in words(page)


def test_memory_says_what_fits_and_follows_the_fields(page):
    visit(page, MEMORY)
    assert numbers(page)["Sequences that fit"] == "0"
    page.number_input("count_devices").set_value(2).run()
    page.selectbox(key="count_precision").set_value("int4").run()
    page.select_slider(key="count_context").set_value(32_768).run()
    assert not page.exception
    assert address(page) == {"devices": "2", "precision": "int4", "context": "32768"}
    assert int(numbers(page)["Sequences that fit"]) > 20


@pytest.mark.parametrize("name", ["devices", "ranks", "ep", "tp", "pp", "peak", "memory"])
def test_nonsense_in_a_field_of_memory_is_refused_in_words(page, name):
    visit(page, MEMORY)
    page.number_input(f"count_{name}").set_value(-7).run()
    assert not page.exception
    assert f"{COUNT_KNOBS[name].label} must be" in words(page)
    assert address(page) == {}


def test_ranks_that_cannot_be_shared_out_are_explained_and_the_rest_stays(page):
    visit(page, MEMORY, ep="3", ranks="9")
    told = "EP must be a divisor of the experts of a layer (8: 1, 2, 4, 8), got 3"
    assert any(told in each.value for each in page.text)
    assert numbers(page)["Weights"]


@pytest.mark.parametrize(
    ("name", "ranks", "usual"),
    [("Qwen1.5-MoE-A2.7B", "64", 4), ("DeepSeek-V3", "64", 8), ("DeepSeek-V3", "3", 1)],
)
def test_memory_opens_with_ranks_that_divide_the_experts(page, name, ranks, usual):
    visit(page, MEMORY, model=name, ranks=ranks)
    assert page.number_input("count_ep").value == usual
    assert numbers(page)["Memory per accelerator"]
    assert "ep" not in address(page)
    page.number_input("count_ep").set_value(7).run()
    assert address(page)["ep"] == "7"
    assert any("EP must be a divisor of" in each.value for each in page.text)
    page.number_input("count_ep").set_value(0).run()
    assert page.number_input("count_ep").value == usual


def test_every_released_model_can_be_trained_on_the_ranks_that_the_page_opens_with():
    for name in released_names(whole=True):
        architecture = released_info(name).architecture
        ranks = COUNT_KNOBS["ranks"].default
        parallelism = Parallelism(ranks, usual_expert_ranks(architecture, ranks))
        assert training_memory(architecture, parallelism).per_accelerator > 0


@pytest.mark.parametrize("where", [MEMORY, DECODING_SPEED, FLOPS, GRANULARITY])
def test_a_refused_own_file_is_explained_on_the_other_pages(page, where):
    visit(page, where, model="own", example="impossible")
    assert any("num_experts_per_tok" in each.value for each in page.text)
    assert not numbers(page)


@pytest.mark.parametrize("where", [MEMORY, DECODING_SPEED, FLOPS, GRANULARITY])
def test_the_subject_is_kept_from_page_to_page(page, where):
    visit(page, YOUR_CONFIG, example="qwen3")
    page.button("own_subject").click().run()
    page.switch_page(where).run()
    assert address(page)["model"] == "own"
    assert page.selectbox(key="count_model").value == "own"


def test_own_figures_replace_the_data_sheets(page):
    visit(page, MEMORY, memory="200")
    assert numbers(page)["Accelerator memory"] == "200,000,000,000 bytes"


def test_speed_follows_the_batch(page):
    visit(page, DECODING_SPEED, context="128")
    assert numbers(page)["Bytes per decode step"].startswith("25,")
    page.select_slider(key="count_batch").set_value(16).run()
    assert address(page) == {"context": "128", "batch": "16"}
    (table,) = component(page, "sortable_table")
    (row,) = (each for each in table["rows"] if each[0][1] == 16)
    assert f"{row[2][1]:,.0f} bytes" == numbers(page)["Bytes per decode step"]


def test_speed_says_when_its_accelerators_cannot_hold_the_model(page):
    visit(page, DECODING_SPEED)
    assert "The weights do not fit" in words(page)
    page.number_input("count_devices").set_value(2).run()
    assert "not fit" not in words(page)
    visit(page, DECODING_SPEED, devices="2", batch="256")
    assert "The weights fit, the KV cache does not" in words(page)


def test_no_run_is_made_to_measure_and_a_link_leads_to_one(page, hand):
    visit(page, DECODING_SPEED)
    assert not hand.placed
    assert not any(each.key == "measure_experts" for each in page.button)


def test_the_running_model_is_asked_on_request_alone(page, hand):
    config = LabState(arms="a", shared={**DEFAULT_SHARED, "n_experts": 4}).run_config()
    run = hand.start(config, "me", paused=True)
    hand.step(run)
    found = DistinctExperts(
        0, 4, 1, np.array([1, 2, 4]), np.array([4, 2, 1]),
        np.array([[1.0, 1.25, 2.0], [1.0, 1.5, 2.5]]),
    )  # fmt: skip
    hand.answers[DistinctExpertsQuestion] = lambda question: found
    visit(page, DECODING_SPEED, batch="2")
    assert not any(what == "ask" for what, *_ in hand.asked)
    page.button("measure_experts").click().run()
    assert not page.exception
    assert ("ask", DistinctExpertsQuestion, None) in hand.asked
    (touched,) = (each for each in component(page, "_chart") if "Distinct experts" in each["label"])
    assert touched["rows"][1][:4] == ["2", "1.750", "1.375", "2"]
    assert "a decode step of 2 sequences would use 1.75 experts" in words(page)
    assert "Your model uses **1.38**" in words(page)
    model = config.arms[0].model
    serving = Serving(lab_architecture(model, 1), HARDWARE["H100 SXM"], context=64)
    assert model.context_length == 64
    for label, step in (
        ("even routing", decode_step(serving, 2)),
        ("measured routing", decode_step(serving, 2, 1.375)),
    ):
        assert numbers(page)[f"Bytes, {label}"] == f"{step.total_bytes:,.0f} bytes"
        assert numbers(page)[f"Time, {label}"] == f"at least {step.seconds:.6g} s"
    assert "Batch size 2. H100 SXM" in words(page)
    page.select_slider(key="count_batch").set_value(1).run()
    assert "of 1 sequence would use 1.00 experts" in words(page)
    page.select_slider(key="count_batch").set_value(256).run()
    assert "Batch size 4 (the nearest to 256 that was measured). H100 SXM" in words(page)
    page.select_slider(key="count_batch").set_value(2).run()
    page.selectbox("count_hardware").set_value("H200 SXM").run()
    faster = dataclasses.replace(serving, hardware=HARDWARE["H200 SXM"])
    told = f"at least {decode_step(faster, 2, 1.375).seconds:.6g} s"
    assert numbers(page)["Time, measured routing"] == told
    assert run in hand.known


def measured_run(page, hand) -> str:
    """A run of one step whose model was measured on the page Decoding speed."""
    shared = {**DEFAULT_SHARED, "n_experts": 4}
    run = hand.start(LabState(arms="a", shared=shared).run_config(), "me", paused=True)
    hand.step(run)
    hand.answers[DistinctExpertsQuestion] = lambda question: DistinctExperts(
        hand.known[run].trainer.step_count, 4, 1, np.array([1]), np.array([2]), np.array([[1.0]])
    )
    visit(page, DECODING_SPEED)
    page.button("measure_experts").click().run()
    return run


def is_touched_shown(page) -> bool:
    return any("Distinct experts" in each["label"] for each in component(page, "_chart"))


def test_what_was_measured_of_one_run_is_not_shown_as_anothers(page, hand):
    run = measured_run(page, hand)
    assert is_touched_shown(page)
    hand.now_unix_s += 1
    hand.step(hand.start(LabState(arms="a").run_config(), "me", paused=True))
    page.run()
    assert not is_touched_shown(page)
    hand.delete(next(each for each in hand.placed if each != run))
    page.run()
    assert is_touched_shown(page)


def test_what_was_measured_at_an_earlier_step_says_so(page, hand):
    run = measured_run(page, hand)
    assert "Measured at step" not in words(page)
    hand.train(run, 7)
    page.run()
    assert is_touched_shown(page)
    assert "Measured at step 1 of the same run" in words(page)
    assert "step 8" in words(page)
    page.button("measure_experts").click().run()
    assert "Measured at step" not in words(page)


def test_a_run_that_is_gone_gives_way_to_another_one(page, hand):
    gone = hand.start(LabState(arms="a").run_config(), "me", paused=True)
    hand.step(gone)
    visit(page, LAB, run=gone)
    hand.step(hand.start(LabState(arms="a").run_config(), "me", paused=True))
    hand.delete(gone)
    page.switch_page(DECODING_SPEED).run()
    assert page.button("measure_experts")


def test_a_worker_that_gives_no_answer_is_told_in_words(page, hand):
    hand.step(hand.start(LabState(arms="a").run_config(), "me", paused=True))

    def refuse(question):
        raise EngineError("the worker gave no answer; ask again")

    hand.answers[DistinctExpertsQuestion] = refuse
    visit(page, DECODING_SPEED)
    page.button("measure_experts").click().run()
    assert "the worker gave no answer" in words(page)


@pytest.mark.parametrize(
    ("where", "each"),
    [(MEMORY, each) for each in memory_lesson.TEXTS.experiments]
    + [(DECODING_SPEED, each) for each in decoding_speed_lesson.TEXTS.experiments]
    + [(FLOPS, each) for each in flops_lesson.TEXTS.experiments]
    + [(GRANULARITY, each) for each in granularity_lesson.TEXTS.experiments]
    + [(RELEASED_MODELS, each) for each in released_models_lesson.TEXTS.experiments],
    ids=lambda each: getattr(each, "title", ""),
)
def test_experiments_on_cost_are_addresses_of_their_pages(page, where, each):
    visit(page, where, **each.query)
    assert "refused" not in words(page)
    assert address(page).items() <= dict(each.query).items()


def test_operations_follow_context_and_tokens(page):
    visit(page, FLOPS)
    page.select_slider(key="count_context").set_value(131_072).run()
    page.number_input("count_tokens").set_value(2.0).run()
    assert address(page) == {"context": "131072", "tokens": "2.0"}
    assert numbers(page)["6 · active · tokens"] == f"{6 * 12_748_853_248 * 2 * 10**12:,} FLOPs"
    assert float(numbers(page)["Exact ÷ rule"]) > 2


def test_a_capacity_factor_pads_or_drops(page):
    visit(page, FLOPS)
    assert "**20.0 %** of the executed FLOPs are [padding]" in words(page).replace("\u00a0", " ")
    page.select_slider(key="count_capacity").set_value(0.5).run()
    assert "**50.0 %** of the [assignments]" in words(page).replace("\u00a0", " ")
    page.number_input("count_routed").set_value(0).run()
    assert "Tokens routed together T must be a whole number" in words(page)


def test_the_first_view_shows_what_the_headline_says(page):
    """The same total, active parameters and FLOPs but for the router, and more and more sets."""
    visit(page, GRANULARITY)
    assert "cost the same" in words(page)
    model = released_model("Mixtral-8x7B").architecture()
    points = sweep_info(model, page.selectbox(key="count_vary").value, 0).points
    routers = [model.n_layers * each.n_experts * model.d_model for each in points]
    for name, of_router in (("total", 1), ("active", 1), ("flops", 2)):
        rest = {getattr(p, name) - of_router * r for p, r in zip(points, routers, strict=True)}
        assert len(rest) == 1, name
    sets = [each.combinations for each in points]
    assert sets == sorted(set(sets))
    assert len(sets) > 5


def test_a_size_varies_and_the_address_follows(page):
    visit(page, GRANULARITY)
    page.selectbox(key="count_vary").set_value("top_k").run()
    assert address(page) == {"vary": "top_k"}
    page.select_slider(key="count_value").set_value(8).run()
    assert address(page) == {"vary": "top_k", "value": "8"}
    assert (
        numbers(page)["Active, with embedding and head"]
        == numbers(page)["Total parameters"]
        == "46,702,792,704"
    )
    page.selectbox(key="count_vary").set_value("split").run()
    assert address(page) == {}
    page.select_slider(key="count_value").set_value(4).run()
    assert numbers(page)["Possible sets of experts"] == "10,518,300"


def test_a_value_above_the_experts_says_why(page):
    visit(page, GRANULARITY, vary="top_k", value="9")
    assert "k must be a whole number from 1 to 8, got 9" in words(page)
    assert page.select_slider(key="count_value").value == 9
    page.select_slider(key="count_value").set_value(2).run()
    assert numbers(page)["Total parameters"] == "46,702,792,704"


def test_released_models_are_all_listed_and_three_are_compared(page):
    visit(page, RELEASED_MODELS)
    (table,) = component(page, "sortable_table")
    assert len(table["rows"]) >= 60
    assert table["picked"] == ["Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b"]
    assert "671,026,419,200" in words(page)
    assert "**Active, no input embedding**" in words(page)


def test_chosen_models_are_compared_and_the_address_follows(page):
    visit(page, RELEASED_MODELS)
    page.multiselect(key="count_compare").set_value(["Kimi-K2"]).run()
    assert not page.exception
    assert address(page) == {"compare": "Kimi-K2"}
    page.multiselect(key="count_compare").set_value([]).run()
    assert address(page) == {"compare": "none"}
    assert not page.exception


def test_more_than_four_models_are_refused_in_words(page):
    visit(page, RELEASED_MODELS)
    names = ["Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b", "Kimi-K2", "DBRX"]
    page.multiselect(key="count_compare").set_value(names).run()
    assert "Side by side must be at most 4 models, got 5" in words(page)
    assert address(page) == {}


@pytest.mark.parametrize("text", ["GPT-9", "", "DBRX,DBRX", "DBRX,", "<b>", "a" * 5000])
def test_models_of_an_address_that_nobody_released_are_refused(page, text):
    visit(page, RELEASED_MODELS, compare=text)
    assert "compare=" in words(page)
    (table,) = component(page, "sortable_table")
    assert table["picked"] == ["Mixtral-8x7B", "DeepSeek-V3", "gpt-oss-120b"]


@pytest.mark.parametrize("where", [MEMORY, DECODING_SPEED, FLOPS, GRANULARITY])
@pytest.mark.parametrize("name", ["Mixtral-8x22B", "Jamba-v0.1", "Switch-C"])
def test_a_released_model_of_any_kind_can_be_the_subject(page, where, name):
    visit(page, where, model=name)
    assert page.selectbox(key="count_model").value == name
    assert "refused" not in words(page)


def test_the_sliders_take_the_sizes_of_the_running_model_to_the_parameter(page, hand):
    shared = {**DEFAULT_SHARED, "n_experts": 12, "top_k": 2, "d_model": 32, "activation": "swiglu"}
    config = LabState(arms="a", shared=shared).run_config()
    hand.step(hand.start(config, "me", paused=True))
    visit(page, TOTAL_VS_ACTIVE)
    page.button("sketch_of_run").click().run()
    assert not page.exception
    model = config.arms[0].model
    assert numbers(page)["Total parameters"] == f"{total_parameters(model):,}"
    assert numbers(page)["Active, with embedding and head"] == f"{active_parameters(model, 2):,}"
    assert address(page)["like"] == "lab"
