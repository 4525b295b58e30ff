"""The pages' logic, from app.py on, without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from moeviz.engine.local import LocalEngine

LAB, RUNS = "pages/watch/lab.py", "pages/watch/runs.py"


def lab(app: AppTest, **query: str) -> AppTest:
    app.run()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(LAB).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.text, *app.markdown, *app.warning))


def run_of(app: AppTest) -> str:
    # AppTest gives a list for what the test set, and the bare text for what the page wrote.
    given = app.query_params["run"]
    return given if isinstance(given, str) else given[0]


def test_the_start_page_offers_one_thing_to_press(app):
    app.run()
    assert not app.exception
    assert app.button("do_start").label == "Start"
    assert "Not started" in shown(app)


def test_start_trains_two_arms_that_differ_in_balancing_alone(app, engine: LocalEngine):
    app.run()
    app.button("do_start").click().run()
    a, b = engine.latest(run_of(app)).config.arms
    assert a.train == b.train
    assert a.model == b.model
    assert (a.balance.method, b.balance.method) == ("none", "switch_loss")


def test_a_bad_address_is_refused_by_name_and_the_page_works(app):
    lab(app, k="99", nonsense="<script>")
    said = shown(app)
    assert "k=99 was refused" in said
    assert "nonsense=<script> was refused" in said
    assert app.number_input("knob_A_top_k").value == 1


def test_a_preset_in_the_address_sets_the_controls(app):
    lab(app, preset="rescue")
    assert app.number_input("knob_B_aux_coefficient").value == 0
    assert app.toggle("then_on").value is True
    assert "B collapses first" in shown(app)


def test_a_linked_live_knob_reaches_both_arms_and_the_address(app, engine: LocalEngine):
    lab(app)
    app.button("do_step").click().run()
    app.number_input("knob_A_top_k").set_value(2).run()
    assert [arm.routing.top_k for arm in engine.latest(run_of(app)).config.arms] == [2, 2]
    assert app.query_params["k"] in ("2", ["2"])


def test_a_knob_that_is_set_apart_reaches_its_arm_alone(app, engine: LocalEngine):
    lab(app)
    app.button("do_step").click().run()
    app.button("link_top_k").click().run()
    app.number_input("knob_B_top_k").set_value(3).run()
    assert [arm.routing.top_k for arm in engine.latest(run_of(app)).config.arms] == [1, 3]


def test_a_model_knob_asks_before_it_starts_a_new_run(app, engine: LocalEngine):
    lab(app)
    app.button("do_step").click().run()
    first = run_of(app)
    app.number_input("knob_A_n_experts").set_value(16).run()
    assert "Experts 8 → 16" in shown(app)
    assert run_of(app) == first
    app.button("do_keep").click().run()
    assert app.number_input("knob_A_n_experts").value == 8
    app.number_input("knob_A_n_experts").set_value(16).run()
    app.button("do_new").click().run()
    assert run_of(app) != first
    assert engine.latest(run_of(app)).config.arms[0].model.n_experts == 16


def test_reset_goes_back_to_the_first_step_of_the_same_run(app, engine: LocalEngine):
    lab(app)
    app.button("do_step").click().run()
    run_id = run_of(app)
    engine.wait(run_id, lambda status: status.step == 1, 20)
    app.run()
    app.button("do_reset").click().run()
    assert run_of(app) == run_id
    assert engine.latest(run_id).step == 0


def test_text_that_is_too_short_is_refused_in_words(app):
    lab(app)
    app.text_area("own_text").set_value("<b>short</b>").run()
    app.button("use_text").click().run()
    assert "user_text must be" in shown(app)


def test_a_run_that_no_longer_exists_leaves_a_page_that_works(app):
    lab(app, run="zp4kBHFxRVdJ7XVzN8l8kw")
    assert "Not started" in shown(app)


def test_the_list_of_runs_starts_empty_and_renders(app):
    app.run()
    app.switch_page(RUNS).run()
    assert not app.exception
    assert "No run yet." in shown(app)
