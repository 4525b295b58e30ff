"""The run of a page: prepared for its controls, pressed unheard, left, watched by others."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import pytest
import streamlit as st

from moeviz.config import KNOBS, LIVE_KNOBS
from moeviz.live.gate import BROWSER_COOKIE
from moeviz.live.presses import LABELS
from moeviz.live.rights import Forbidden, rights
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS
from moeviz.ui.lab.start_data import KNOBS as START_KNOBS
from moeviz.ui.shared.knob_data import knob_data
from moeviz.ui.shared.navigation import LAB, RUNS, START, WALKTHROUGH
from tests.pages.conftest import opened
from tests.pages.live import Live, components, opened_at
from tests.pages.mounted import start_new
from tests.pages.visit import Tab, address, enter, visit, visit_with_open_doors, words

THEM = "cd" * 16
OTHER = {"n_experts": "4", "top_k": "2", "capacity_factor": "1.5", "aux_coefficient": "0.25"}


@pytest.fixture(params=[START, LAB], ids=["start", "lab"])
def live(request, page, hand) -> Live:
    """Each of the two pages with a live component."""
    return opened_at(page, hand, request.param)


@pytest.fixture
def stranger(said, page) -> Callable[[], Tab]:
    """A tab of another browser; from its opening on it is that browser which speaks."""

    def opened_tab() -> Tab:
        said.append(THEM)
        return Tab()

    return opened_tab


def kind_of(token: str) -> str:
    return rights().right(token).kind


# A reload: an address without a run prepares the same.


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"preset": "rescue"},
        {"experts": "4", "k": "2", "b_alpha": "0.5", "arms": "ab"},
        {"arms": "a", "dense": "active", "then": "7:a:k:2", "seed": "3"},
        {"unlinked": "k,method", "k": "2", "b_k": "4"},
        {"unlinked": "none", "lr": "0.01"},
        {"b_method": "none", "b_capacity": "1.25"},
    ],
)
def test_an_address_without_a_run_prepares_the_same_again(page, other, hand, query):
    live = opened_at(page, hand, LAB, **query)
    assert "refused" not in words(page)
    again = opened_at(other, hand, LAB, **address(page))
    assert again.id != live.id
    assert again.status.config == live.status.config
    assert "refused" not in words(other)


def test_an_old_address_says_what_it_always_said(page, hand):
    old = {"arms": "ab", "unlinked": "k,method", "k": "2", "b_k": "4", "b_method": "none"}
    a, b = opened_at(page, hand, LAB, **old, experts="16").status.config.arms
    assert (a.model.n_experts, a.routing.top_k, a.balance.balancer) == (16, 2, "none")
    assert (b.model.n_experts, b.routing.top_k, b.balance.balancer) == (16, 4, "none")
    alone = opened_at(page, hand, LAB, arms="a", dense="total", balancing="none")
    assert [arm.name for arm in alone.status.config.arms] == ["A", "Dense (size)"]
    assert "balancing=none was left out" in words(page)


@pytest.mark.parametrize("knob", START_KNOBS)
@pytest.mark.parametrize("of", ["", "A", "B"])
def test_a_knob_pressed_before_start_is_what_the_run_starts_with(page, other, hand, knob, of):
    live = opened_at(page, hand, START)
    live.turn(knob, OTHER[knob], of=of, heard=False)
    live.follow()
    value = KNOBS[knob].parse(OTHER[knob])
    of = "" if knob == "n_experts" else of
    wanted = {arm: value if of in ("", arm) else KNOBS[knob].default for arm in "AB"}
    assert {arm: live.knobs(arm)[knob] for arm in "AB"} == wanted
    told = {name: text for name, text in address(page).items() if name != "run"}
    again = opened_at(other, hand, LAB, **told)
    assert again.status.config == live.status.config
    live.start()
    assert {arm.name: arm.knobs[knob] for arm in live.status.started.arms} == wanted
    assert live.status.marks == ()
    assert told.items() <= address(page).items()


def test_a_knob_that_is_turned_back_before_start_is_gone_from_address_and_run(live):
    live.turn("top_k", "2")
    assert address(live.page) == {"k": "2"}
    live.turn("top_k", "1")
    assert address(live.page) == {}
    live.page.run()
    assert (live.knobs("A")["top_k"], address(live.page)) == (1, {})


# Presses that the script has not heard of.


def test_a_press_that_the_page_has_not_heard_of_survives_a_rerun(live, hand):
    run_id = live.id
    live.turn("top_k", "2", heard=False)
    live.turn("aux_coefficient", "0.5", of="B", heard=False)
    live.page.run()
    assert live.id == run_id
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [2, 2]
    live.hear()
    assert live.id == run_id
    assert address(live.page)["b_alpha"] == "0.5"


def test_a_session_that_ends_leaves_its_run_to_those_who_watch_it(live, hand):
    """The channel knows them; Streamlit ends a session at each glitch of its socket."""
    live.start()
    st.cache_resource.clear()  # as any client may do, and as the end of a session does
    assert "close" not in {asked[0] for asked in hand.asked}
    assert live.status.state == "running"


def test_a_press_that_is_heard_of_does_not_take_back_one_that_is_not(live):
    live.turn("top_k", "2", heard=False)
    live.follow()
    live.turn("aux_coefficient", "0.5", heard=False)
    run_id = live.id
    live.page.run()  # with the address of between the two
    assert live.id == run_id
    assert [live.knobs(arm)["aux_coefficient"] for arm in "AB"] == [0.5, 0.5]
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [2, 2]


def test_a_start_that_the_page_has_not_heard_of_survives_a_rerun_and_the_menu(live, hand):
    run_id = live.id
    live.press("start", heard=False)
    live.page.run()
    assert (live.id, live.status.state) == (run_id, "running")
    visit(live.page, LAB)
    visit(live.page, START)
    assert live.id == run_id
    live.hear()
    assert address(live.page)["run"] == run_id


def test_a_press_that_does_not_go_with_the_next_model_does_not_break_the_page(page, hand):
    live = Live(visit_with_open_doors(page, LAB), hand)
    live.turn("top_k", "6", heard=False)
    enter(page, "knob_A_n_experts", 4)
    assert "Refused" not in words(page)
    assert {live.knobs(arm)["n_experts"] for arm in "AB"} == {4}


def test_a_link_leaves_behind_what_was_pressed_before_it(page, hand):
    live = opened_at(page, hand, LAB)
    live.turn("top_k", "4", heard=False)
    visit(page, LAB, preset="rescue")
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [1, 1]
    live.hear()
    assert address(page) == {"preset": "rescue"}


# A run that is left.


def test_a_run_that_was_left_is_not_shown_for_the_controls_that_it_was_prepared_for(live, hand):
    first = live.id
    live.start()
    hand.train(first, 5)
    visit(live.page, LAB, preset="rescue")
    visit(live.page, LAB, preset="collapse")
    assert live.id != first
    assert (live.status.step, live.status.state) == (0, "paused")
    visit(live.page, LAB, run=first)
    assert (live.id, live.status.step) == (first, 5)


def test_a_page_that_is_shown_a_deleted_run_prepares_another(live, hand):
    live.start()
    run_id = live.id
    hand.train(run_id, 3)
    hand.delete(run_id)
    live.page.run()
    assert live.id != run_id
    assert (live.status.step, live.status.config) == (0, live.status.started)
    assert "run" not in address(live.page)


def test_a_prepared_run_that_the_server_has_forgotten_is_prepared_again(live, hand):
    live.turn("top_k", "2")
    forgotten = live.id
    hand.delete(forgotten)
    live.page.run()
    assert live.id != forgotten
    assert live.knobs("A")["top_k"] == 2
    live.start()
    assert hand.known[live.id].state == "running"


# Who may act on it.


def test_the_owners_browser_controls_and_another_browser_watches(live, hand, stranger, said):
    live.start()
    run_id = live.id
    assert (live.run["control"], kind_of(live.run["token"])) == (True, "control")
    watching = opened_at(stranger(), hand, LAB, run=run_id)
    assert watching.id == run_id
    assert (watching.run["control"], kind_of(watching.run["token"])) == (False, "watch")
    for act in ("start", "pause", "step", "reset"):
        assert watching.refused(act) == watching.run["watch_only"]
    assert watching.refused("set", knobs={"top_k": "2"}) == watching.run["watch_only"]
    assert "control link from its owner" in watching.run["watch_only"]
    said.append("me")
    live.page.run()
    assert live.run["control"] is True


def test_another_tab_of_the_owners_browser_controls_too(page, other, hand):
    live = opened_at(page, hand, LAB)
    live.start()
    second = opened_at(other, hand, START, run=live.id)
    second.press("pause")
    assert live.told()["state"] == "paused"


def test_a_run_that_has_not_begun_can_be_watched_by_another_browser(page, hand, stranger):
    live = opened_at(page, hand, LAB)
    watching = opened_at(stranger(), hand, LAB, run=live.id)
    assert (watching.id, watching.run["control"]) == (live.id, False)


@pytest.fixture
def phone_at(hand, stranger) -> Callable[[str, str], Live]:
    """A page of this run in another browser, which has opened the run's control link."""

    def opened_page(path: str, run_id: str) -> Live:
        hand.let_control(run_id, THEM)
        return opened_at(stranger(), hand, path, run=run_id)

    return opened_page


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("opened_page", [START, LAB])
def test_a_browser_that_opened_a_control_link_controls_also_after_a_reload(
    page, hand, phone_at, begun, opened_page
):
    live = opened_at(page, hand, LAB)
    if begun:
        live.press("step")
    phone = phone_at(opened_page, live.id)
    assert address(phone.page)["run"] == phone.id == live.id
    assert phone.run["control"] is True
    phone.turn("top_k", "2")
    phone.start()
    assert [live.knobs(arm)["top_k"] for arm in "AB"] == [2, 2]
    assert hand.known[live.id].owner == "me"
    phone.page.run()
    assert phone.run["control"] is True
    reloaded = opened_at(Tab(), hand, opened_page, **address(phone.page))
    assert (reloaded.id, reloaded.run["control"]) == (live.id, True)
    reloaded.press("pause")
    assert live.told()["state"] == "paused"


def test_a_control_link_gives_control_of_its_run_alone(page, hand, phone_at):
    live = opened_at(page, hand, LAB)
    live.press("step")
    shared = live.id
    visit(page, LAB, preset="rescue")
    live.press("step")
    phone = phone_at(LAB, shared)
    assert phone.run["control"] is True
    visit(phone.page, LAB, run=live.id)
    assert (phone.id, phone.run["control"]) == (live.id, False)


def test_a_fork_from_a_phone_stays_under_its_control(page, hand, phone_at):
    live = opened_at(page, hand, LAB)
    live.press("step")
    phone = phone_at(LAB, live.id)
    phone.press("fork", step=0)
    assert phone.id != live.id
    phone.page.run()
    assert phone.run["control"] is True
    phone.press("step")
    assert hand.known[phone.id].owner == "me"


@pytest.mark.parametrize("act", ["fork", "renew"])
def test_every_page_of_a_phone_knows_its_right_to_the_run_that_it_made(page, hand, phone_at, act):
    live = opened_at(page, hand, LAB)
    live.press("step")
    phone = phone_at(LAB, live.id)
    phone.press(act, **({"step": 0} if act == "fork" else {"knobs": {"n_experts": "4"}}))
    made = phone.id
    assert made != live.id
    assert opened_at(Tab(), hand, START, run=made).run["control"] is True
    asking = visit(Tab(), WALKTHROUGH, run=made)
    (line,) = [each for each in components(asking) if "why_not" in each]
    assert (line["run"]["id"], line["run"]["control"], line["why_not"]) == (made, True, "")
    assert opened_at(Tab(), hand, LAB, run=live.id).run["control"] is True


@pytest.mark.parametrize("forged", ["changed", "to watch", "nonsense", ""])
def test_a_control_link_that_gives_no_control_is_refused_in_words(page, hand, stranger, forged):
    run_id = opened_at(page, hand, LAB).id
    watch = rights().token(run_id, "watch")
    payload, _ = rights().token(run_id, "control").split(".")
    tokens = {"changed": f"{payload}.{watch.split('.')[1]}", "to watch": watch}
    tokens |= {"nonsense": "<b>x</b>", "": ""}
    tab = stranger()
    live = opened_at(tab, hand, LAB, control=tokens[forged])
    assert "Refused. Nothing was changed." in words(tab)
    assert (
        "can only watch" if forged == "to watch" else "does not accept the page's access"
    ) in words(tab)
    assert address(tab) == {}
    assert live.id != run_id
    tab.run()
    assert "Refused" not in words(tab)


def test_a_link_to_a_deleted_run_says_so(page, hand, stranger):
    live = opened_at(page, hand, LAB)
    live.press("step")
    gone = live.id
    hand.delete(gone)
    tab = visit(stranger(), LAB, run=gone)
    assert f"run={gone} is not known here" in words(tab)
    assert address(tab) == {}


def texts_in(data: object) -> list[str]:
    """Every text in plain data."""
    if isinstance(data, dict):
        return [text for each in data.values() for text in texts_in(each)]
    if isinstance(data, list):
        return [text for each in data for text in texts_in(each)]
    return [data] if isinstance(data, str) else []


def tokens_in(data: object) -> set[tuple[str, str]]:
    """The runs, and the rights to them, that the data brings."""
    found = set()
    for text in texts_in(data):
        try:
            right = rights().right(text)
        except Forbidden:
            continue
        found.add((right.run_id, right.kind))
    return found


@pytest.mark.parametrize("opened_page", [START, LAB, RUNS])
def test_a_page_hands_out_no_right_but_that_to_its_own_run(page, hand, stranger, opened_page):
    live = opened_at(page, hand, LAB)
    live.start()
    visit(page, LAB, preset="rescue")
    live.start()
    hand.train(live.id, 3)
    visit(page, opened_page)
    own = set() if opened_page == RUNS else {(live.id, "control")}
    assert tokens_in(components(page)) == own
    tab = visit(stranger(), opened_page, **({} if opened_page == RUNS else {"run": live.id}))
    assert tokens_in(components(tab)) == {(run, "watch") for run, _ in own}


def test_a_page_that_may_only_watch_pauses_nothing_when_it_leaves_the_run(page, hand, stranger):
    live = opened_at(page, hand, LAB)
    live.start()
    hand.train(live.id, 3)
    mine = Live(visit_with_open_doors(stranger(), LAB, run=live.id), hand)
    enter(mine.page, "knob_A_seed", 5)
    start_new(mine.page)
    assert mine.id != live.id
    assert hand.known[mine.id].owner == THEM
    visit(mine.page, LAB, run=live.id)
    enter(mine.page, "preset", "rescue")
    assert mine.id != live.id
    assert hand.known[live.id].state == "running"


def test_a_new_run_beside_one_that_is_only_watched_is_said_to_be_ones_own(page, hand, stranger):
    live = opened_at(page, hand, LAB)
    live.start()
    own = "A change here needs a new run, which will be yours"
    assert own not in words(visit_with_open_doors(page, LAB, run=live.id))
    assert "stays in Runs" in page.selectbox("preset").help
    tab = visit_with_open_doors(stranger(), LAB, run=live.id)
    assert own in words(tab)
    assert "the new run is yours" in tab.selectbox("preset").help
    enter(tab, "knob_A_seed", 5)
    assert "Seed 0 → 5. The new run will be yours; the run that you watch goes on." in words(tab)
    start_new(tab)
    assert own not in words(tab)


# Browsers without a cookie.


@pytest.fixture
def cookies(monkeypatch) -> dict[str, str]:
    """What the browser sends, and what a test puts there."""
    sent: dict[str, str] = {}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: sent))
    return sent


def test_a_browser_without_a_cookie_has_a_name_a_tab(hand, cookies):
    tabs = [opened(), Tab()]
    owners = []
    for tab in tabs:
        live = opened_at(tab, hand, LAB)
        live.press("step")
        tab.run()
        assert live.run["control"] is True
        owners.append(hand.known[live.id].owner)
    assert len(set(owners)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", owner) for owner in owners)
    visit(tabs[0], RUNS)
    assert len(tabs[0].dataframe[0].value) == 1


@pytest.mark.parametrize(
    ("cookie", "taken"), [("ab" * 16, True), ("me", False), ("AB" * 16, False), ("", False)]
)
def test_the_cookie_names_the_browser_where_it_has_a_names_form(hand, cookies, cookie, taken):
    cookies[BROWSER_COOKIE] = cookie
    live = opened_at(opened(), hand, START)
    assert (hand.known[live.id].owner == cookie) == taken


# What the browser is told of knobs.


def bound_of(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


@pytest.mark.parametrize("name", sorted({*LIVE_KNOBS, *START_KNOBS}))
def test_what_the_browser_is_told_of_a_knob_is_what_the_knob_is(name):
    knob, told = KNOBS[name], json.loads(json.dumps(knob_data(name)))
    assert (told["name"], told["label"], told["kind"]) == (name, knob.label, knob.kind)
    assert (told["low"], told["high"]) == (bound_of(knob.low), bound_of(knob.high))
    assert (told["multipleOf"], told["steps"], told["step"]) == (
        knob.multiple_of, knob.steps, knob.step,
    )  # fmt: skip
    assert told["bound"] == knob.bound
    assert told["help"] == knob.tooltip
    assert (told["noneMeans"], told["fromNone"]) == (knob.none_means, knob.from_none)
    assert told["restarts"] == (name not in LIVE_KNOBS)
    assert bool(told["note"]) == told["restarts"]
    assert bool(told["choices"]) == (knob.kind in ("choice", "name"))


def test_an_emptied_field_is_dropless_and_its_buttons_lead_to_a_value():
    told = knob_data("capacity_factor")
    assert told["noneMeans"] == "dropless"
    assert KNOBS["capacity_factor"].check(told["fromNone"]) == 1.0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("balancer", sorted(BALANCERS)),
        ("router", sorted(ROUTERS)),
        ("drop_policy", sorted(KNOBS["drop_policy"].choices)),
    ],
)
def test_the_browser_is_offered_every_choice_of_a_knob_by_its_title(name, values):
    choices = knob_data(name)["choices"]
    assert sorted(value for value, _ in choices) == values
    titles = [title for _, title in choices]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_start_and_lab_call_a_knob_what_its_refusals_call_it(page, hand):
    for where, listed in ((START, ["knobs"]), (LAB, ["knobs", "more_knobs"])):
        data = opened_at(page, hand, where).data
        for told in [each for name in listed for each in data[name]]:
            assert told["label"] == told["called"] == LABELS[told["name"]]
