"""The channel's protocol, on an engine with a worker: order, refusal, recovery, floods."""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import os
import signal
import threading

import pytest
from starlette.datastructures import Headers
from starlette.websockets import WebSocketDisconnect, WebSocketState

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import LimitReached, Until
from moeviz.live import channel as channel_module
from moeviz.live import feeds as feeds_module
from moeviz.live import tab as tab_module
from moeviz.live.channel import Channel
from moeviz.live.messages import MAX_MESSAGE_CHARACTERS, MAX_WATCHED
from moeviz.live.rights import Rights
from moeviz.live.tab import (
    MAX_UNREAD,
    PRESSES_AT_ONCE,
    PRESSES_PER_S,
    UNDER_WAY,
    WATCHES_AT_ONCE,
    WATCHES_PER_S,
)
from tests.fakes import FakeClock
from tests.unit.live.conftest import CONFIG, RIGHTS

TOP_K = "Experts per token k must be a whole number from 1 to 8"


def reached(step):
    return lambda message: message["step"] >= step


def test_a_watcher_gets_the_whole_run_and_then_what_is_new(tab, control):
    tab.watch(control)
    first = tab.hear("record")
    assert (first["after"], first["step"], first["state"]) == (None, 0, "paused")
    assert first["arms"]["A"]["knobs"]["balancer"] == "none"
    assert tab.press(control, "start")["kind"] == "ack"
    later = tab.hear("record", until=reached(30))
    assert later["after"][0] == first["revision"]
    assert later["arms"]["A"]["lines"]["columns"]["cross_entropy"]


def test_records_chain_without_a_gap(tab, control):
    tab.watch(control)
    tab.press(control, "start")
    for _ in range(5):
        tab.hear("record")
    records = [each for each in tab.heard if each["kind"] == "record"]
    for before, record in itertools.pairwise(records):
        assert record["after"] == [before["revision"], before["step"]]


def test_a_knob_is_acknowledged_with_the_step_that_its_mark_has(tab, engine, run, control):
    tab.press(control, "start", seq=1)
    tab.watch(control)
    tab.hear("record", until=reached(5))
    answers = [
        tab.press(control, "set", seq=seq, knobs={"aux_coefficient": f"0.{seq}"}, arms=["B"])
        for seq in range(2, 12)
    ]
    tab.press(control, "pause", seq=20)
    marks = {(m.step, m.arm, m.knobs["aux_coefficient"]) for m in engine.latest(run).marks}
    assert [each["kind"] for each in answers] == ["ack"] * 10
    for seq, answer in enumerate(answers, 2):
        assert (answer["step"], "B", float(f"0.{seq}")) in marks


def test_presses_that_are_sent_at_once_are_all_answered_in_order(tab, control):
    tab.press(control, "start")
    for seq in range(2, 32):
        tab.say("press", seq=seq, token=control, act="set", knobs={"learning_rate": f"0.{seq:03}"})
    answers = [tab.hear("ack", "refused") for _ in range(30)]
    assert [each["seq"] for each in answers] == list(range(2, 32))
    assert {each["kind"] for each in answers} == {"ack"}
    steps = [each["step"] for each in answers]
    assert steps == sorted(steps)


def test_a_knob_of_a_prepared_run_is_what_it_starts_with(tab, engine, run, control):
    answer = tab.press(control, "set", knobs={"top_k": "2"}, arms=["A"])
    assert (answer["kind"], answer["step"]) == ("ack", 1)
    status = engine.latest(run)
    assert [arm.routing.top_k for arm in status.started.arms] == [2, 1]
    assert status.marks == ()


@pytest.mark.parametrize(
    ("knobs", "knob", "words"),
    [
        (
            {"top_k": "2.9"},
            "top_k",
            "Experts per token k must be a whole number from 1 to 8, got '2.9'.",
        ),
        (
            {"top_k": "1e3"},
            "top_k",
            "Experts per token k must be a whole number from 1 to 8, got '1e3'.",
        ),
        ({"n_experts": "4"}, "knob", "Knob must be one of Experts per token k, "),
        ({"nonsense": "4"}, "knob", "Knob must be one of Experts E, "),
        ({"balancer": "magic"}, "balancer", "Balancing must be one of "),
    ],
)
def test_a_bad_value_is_refused_in_words_at_its_control(
    tab, engine, run, control, knobs, knob, words
):
    answer = tab.press(control, "set", knobs=knobs)
    assert (answer["kind"], answer["knob"]) == ("refused", knob)
    assert answer["why"].startswith(words)
    assert engine.latest(run).config == CONFIG


def test_going_back_to_step_0_is_told_from_the_beginning(tab, control):
    tab.press(control, "start")
    tab.watch(control)
    before = tab.hear("record", until=reached(5))
    assert tab.press(control, "reset", seq=2) == {"kind": "ack", "seq": 2, "step": 0}
    tab.press(control, "step", seq=3)
    tab.hear("record", until=lambda told: told["step"] == 1 and told["at_rest"])
    anew = [told for told in tab.heard if told.get("revision", 0) > before["revision"]]
    assert [told["after"] for told in anew][:1] == [None]
    assert all(told["step"] <= 1 for told in anew)


@pytest.mark.parametrize("trainer", ["tests.fakes:StuckTrainer"])
def test_a_press_that_a_rewind_overtakes_is_refused(tab, control):
    """The worker is in the middle of a step and never comes to it."""
    tab.press(control, "start")
    tab.say("press", seq=2, token=control, act="set", knobs={"top_k": "2"})
    tab.say("press", seq=3, token=control, act="reset")
    answers = {tab.hear("ack", "refused")["seq"]: tab.heard[-1] for _ in range(2)}
    assert answers[3]["kind"] == "ack"
    assert answers[2]["kind"] == "refused"
    assert "was rewound" in answers[2]["why"]


def test_a_press_on_its_way_to_a_worker_that_dies_is_answered(tab, engine, run, control):
    tab.press(control, "step")
    engine.wait(run, lambda status: status.step == 1 and status.obeyed, 30)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    tab.say("press", seq=2, token=control, act="set", knobs={"top_k": "2"})
    engine.wait(run, lambda status: status.config.arms[0].routing.top_k == 2, 30)
    os.kill(pid, signal.SIGKILL)
    assert tab.hear("ack", "refused") == {"kind": "ack", "seq": 2, "step": 2, "ticket": 1}
    assert engine.latest(run).state == "paused"


def test_pause_is_acknowledged_with_the_last_step_and_nothing_moves_afterwards(
    tab, engine, run, control
):
    """The worker is halted meanwhile, as if its step took very long."""
    tab.watch(control)
    tab.press(control, "start")
    tab.hear("record", until=reached(5))
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    tab.say("press", seq=2, token=control, act="pause")
    told = tab.hear("record", "ack", until=lambda said: said.get("state") != "running")
    assert (told["kind"], told.get("state"), told.get("trains")) == ("record", "pausing", False)
    os.kill(pid, signal.SIGCONT)
    last = tab.hear("ack")["step"]
    paused = tab.hear("record", until=lambda said: said["state"] == "paused")
    assert (paused["step"], paused["at_rest"]) == (last, True)
    assert engine.latest(run).step == last


def test_a_watching_token_only_watches(tab, engine, run):
    token = RIGHTS.token(run, "watch")
    tab.watch(token)
    tab.hear("record")
    answer = tab.press(token, "start")
    assert answer["kind"] == "refused"
    assert "control link" in answer["why"]
    assert engine.latest(run).step == 0


@pytest.mark.parametrize("kind", ["forged", "foreign", "empty"])
def test_a_token_that_this_server_did_not_sign_is_worth_nothing(tab, engine, run, control, kind):
    tokens = {
        "forged": control[:-2] + ("A" if control[-2] != "A" else "B") + control[-1],
        "foreign": Rights(b"another server's secret, 32 byte").token(run, "control"),
        "empty": "",
    }
    tab.watch(tokens[kind])
    assert "does not accept the page's access" in tab.hear("gone")["why"]
    assert tab.press(tokens[kind], "start")["kind"] == "refused"
    assert engine.latest(run).state == "paused"


def test_a_fork_comes_with_the_right_to_it(tab, engine, run, control):
    tab.press(control, "start", seq=1, until="step:20")
    engine.wait(run, lambda status: status.step == 20, 30)
    forked = tab.press(control, "fork", seq=2, step=20)
    assert forked["run"] != run
    assert tab.press(forked["token"], "step", seq=3)["kind"] == "ack"
    engine.wait(forked["run"], lambda status: status.step == 21, 30)
    assert engine.latest(run).step == 20
    assert forked["run"] in [each.run_id for each in engine.runs("me")]


PHONE, TABLET = "cd" * 16, "ef" * 16


@pytest.mark.parametrize(
    ("act", "more"), [("fork", {"step": 0}), ("renew", {"knobs": {"n_experts": "4"}})]
)
def test_who_presses_for_a_new_run_may_control_it_and_its_owner_too(
    opened, engine, run, control, act, more
):
    engine.step(run)
    engine.let_control(run, TABLET)
    with opened(PHONE) as phone:
        new = phone.press(control, act, **more)["run"]
    assert engine.may_control(new, PHONE)
    assert engine.may_control(new, "me")
    assert not engine.may_control(new, TABLET), "the right to a run is not that to its forks"
    assert not engine.may_control(run, PHONE), "a token that was used is still its giver's"


@pytest.mark.parametrize("name", ["", "phone", "CD" * 16])
def test_a_browser_without_a_name_has_the_token_alone(opened, engine, run, control, name):
    with opened(name) as tab:
        new = tab.press(control, "fork", step=0)
        assert tab.press(new["token"], "step", seq=2)["kind"] == "ack"
    assert not engine.may_control(new["run"], name)


def test_a_name_is_no_right(opened, engine, run):
    with opened("me") as tab:
        answer = tab.press(RIGHTS.token(run, "watch"), "fork", step=0)
    assert answer["kind"] == "refused"
    assert engine.runs("me") == []


def test_other_experts_make_a_new_run_that_goes_on_training(tab, engine, run, control):
    tab.press(control, "start")
    renewed = tab.press(control, "renew", seq=2, knobs={"n_experts": "4"})
    status = engine.wait(renewed["run"], lambda status: status.step > 3, 30)
    assert [arm.model.n_experts for arm in status.started.arms] == [4, 4]
    assert engine.latest(run).state == "paused"


def test_a_new_run_in_place_of_one_that_makes_a_single_step_waits_for_start(
    tab, engine, run, control
):
    engine.step(run, 10_000)
    engine.wait(run, lambda status: status.step > 0, 30)
    renewed = tab.press(control, "renew", seq=2, knobs={"n_experts": "4"})
    status = engine.latest(renewed["run"])
    assert (status.state, status.step, status.begun) == ("paused", 0, False)


def test_a_refused_renewal_leaves_the_run_alone(tab, engine, run, control):
    tab.press(control, "start")
    answer = tab.press(control, "renew", seq=2, knobs={"n_experts": "65"})
    assert answer["why"] == "Experts E must be a whole number from 2 to 64, got 65."
    assert engine.latest(run).state in ("starting", "running")


@pytest.fixture
def full(engine, run, monkeypatch) -> None:
    """No other run than this one may train."""
    resume = engine.resume

    def refuse(run_id, until=None):
        if run_id != run:
            raise LimitReached("The disk is full.")
        resume(run_id, until)

    monkeypatch.setattr(engine, "resume", refuse)


def refused_renewal(tab, control):
    answer = tab.press(control, "renew", seq=2, knobs={"n_experts": "4"})
    assert (answer["kind"], answer["why"]) == ("refused", "The disk is full.")


@pytest.mark.usefixtures("full")
def test_a_new_run_that_may_not_train_leaves_the_old_one_training(tab, engine, run, control):
    tab.press(control, "start")
    refused_renewal(tab, control)
    engine.wait(run, lambda status: status.trains and status.step > 3, 30)


@pytest.mark.usefixtures("full")
def test_a_run_that_goes_on_after_a_refused_renewal_still_stops_where_it_was_to(
    tab, engine, run, control
):
    tab.press(control, "start", until="step:200:40")
    refused_renewal(tab, control)
    status = engine.wait(run, lambda status: not status.trains, 60)
    assert (status.step, status.reason) == (200, "reached step 200")
    assert 120 in status.checkpoints


@pytest.mark.usefixtures("full")
def test_a_run_that_comes_to_its_end_during_a_refused_renewal_rests(
    tab, engine, run, control, monkeypatch
):
    pause = engine.pause

    def late(run_id):
        engine.wait(run_id, lambda status: not status.trains, 30)
        pause(run_id)

    monkeypatch.setattr(engine, "pause", late)
    tab.press(control, "start", until="step:30")
    refused_renewal(tab, control)
    status = engine.latest(run)
    assert (status.state, status.step, status.reason) == ("paused", 30, "reached step 30")


def test_a_new_run_stops_where_the_old_one_was_to(tab, engine, run, control):
    tab.press(control, "start", until="step:5000:40")
    renewed = tab.press(control, "renew", seq=2, knobs={"n_experts": "4"})
    status = engine.latest(renewed["run"])
    assert status.trains
    assert status.until == Until("step", 5000, keep_every=40)
    assert not engine.latest(run).trains


def test_other_experts_before_start_make_no_new_run(tab, engine, run, control):
    tab.watch(control, view="bars")
    tab.hear("record")
    for seq, experts in enumerate(("4", "12"), 2):
        answer = tab.press(control, "renew", seq=seq, knobs={"n_experts": experts})
        assert (answer["kind"], answer["step"]) == ("ack", 1)
        assert "run" not in answer
    told = tab.hear("record", until=lambda record: record["ticket"] == answer["ticket"])
    assert (told["run"], told["begun"]) == (run, False)
    assert [each["n_experts"] for each in told["arms"].values()] == [12, 12]
    assert len(told["arms"]["A"]["colours"]) == 12
    assert engine.runs("me") == []
    tab.press(control, "start", seq=9, until="step:3")
    engine.wait(run, lambda status: status.step == 3, 30)
    assert [arm.model.n_experts for arm in engine.latest(run).started.arms] == [12, 12]


def test_a_renewal_is_acknowledged_as_itself_when_another_tab_presses_too(
    tab, engine, run, control, monkeypatch
):
    renew = engine.renew

    def renew_and_another_press(*pressed):
        renewed = renew(*pressed)
        engine.set(run, {"top_k": 2})
        return renewed

    monkeypatch.setattr(engine, "renew", renew_and_another_press)
    answer = tab.press(control, "renew", knobs={"n_experts": "4"})
    assert answer == {"kind": "ack", "seq": 1, "step": 1, "ticket": 1}


def test_a_deleted_run_is_said_to_be_gone(tab, engine, run, control):
    tab.watch(control)
    tab.hear("record")
    engine.delete(run)
    assert tab.hear("gone")["run"] == run
    assert tab.press(control, "start")["kind"] == "refused"


def test_a_failed_run_says_so_and_refuses_knobs(tab, control):
    tab.watch(control)
    tab.press(control, "set", knobs={"learning_rate": "1.0"}, arms=["B"])
    tab.press(control, "start", seq=2)
    failed = tab.hear("record", until=lambda record: record["state"] == "failed")
    assert "the loss is nan" in failed["reason"]
    assert (
        "rewind it to an earlier checkpoint"
        in tab.press(control, "set", seq=3, knobs={"top_k": "2"})["why"]
    )


def test_a_killed_worker_is_told_and_the_run_goes_on(tab, engine, control):
    tab.watch(control)
    tab.press(control, "start")
    tab.hear("record", until=reached(120))
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGKILL)
    restarted = "the worker was restarted"
    told = tab.hear("record", until=lambda record: restarted in record["notice"])
    tab.hear("record", until=reached(told["step"] + 1))
    assert tab.press(control, "set", seq=2, knobs={"top_k": "2"})["kind"] == "ack"


def test_presses_while_a_killed_workers_run_recovers_are_answered_and_said_to_wait(
    tab, engine, run, control
):
    tab.watch(control)
    tab.press(control, "start")
    tab.hear("record", until=reached(70))
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGKILL)
    told = tab.hear("record", until=lambda record: record["state"] == "recovering")
    stood = engine.latest(run).stands
    assert told["reason"] == (
        f"the worker stopped; a new one repeats the steps up to {stood}, then training continues"
    )
    tab.say("press", seq=2, token=control, act="set", knobs={"balancer": "none"})
    assert tab.press(control, "pause", seq=3)["kind"] == "ack"
    told = tab.hear("record", until=lambda record: not record["trains"])
    assert (told["state"], told["begun"], told["at_rest"]) == ("recovering", True, False)
    assert told["reason"] == (
        f"the worker stopped; a new one repeats the steps up to {stood}, then the run pauses; "
        f"new knob values apply from step {stood + 1}"
    )
    assert tab.hear("ack", until=lambda said: said["seq"] == 2)["step"] == stood + 1
    told = tab.hear("record", until=lambda record: record["state"] == "paused")
    assert (told["step"], told["at_rest"]) == (stood, True)


def test_a_hidden_tab_gets_no_records_until_it_is_seen(tab, engine, run, control):
    tab.watch(control)
    tab.hear("record")
    tab.say("visible", visible=False)
    tab.press(control, "start", until="step:50")
    engine.wait(run, lambda status: status.step == 50, 30)
    assert tab.press(control, "step", seq=2)["kind"] == "ack"
    heard = [each["step"] for each in tab.heard if each["kind"] == "record"]
    assert heard == [0]
    tab.say("visible", visible=True)
    tab.hear("record", until=reached(51))


def test_a_tab_that_was_hidden_before_it_watches_gets_no_records(tab, engine, run, control):
    tab.say("visible", visible=False)
    tab.watch(control)
    tab.press(control, "step")
    engine.wait(run, lambda status: status.step == 1, 30)
    tab.press(control, "pause", seq=2)
    assert {each["kind"] for each in tab.heard} == {"hello", "ack"}
    tab.say("visible", visible=True)
    assert tab.hear("record")["step"] == 1


def test_a_slow_tab_gets_what_it_missed_in_one_record(tab, engine, run, control):
    tab.watch(control)
    tab.watched.clear()  # it says no more that it has taken records in
    assert tab.press(control, "start", until="step:200")["kind"] == "ack"
    early = [each for each in tab.heard if each["kind"] == "record"]
    while len(early) < UNDER_WAY:
        early.append(tab.hear("record"))
    engine.wait(run, lambda status: status.step == 200 and status.obeyed, 60)
    assert tab.press(control, "set", seq=2, knobs={"top_k": "2"})["kind"] == "ack"
    tab.say("got", watch=1)
    last = tab.hear("record")
    assert [each["kind"] for each in tab.heard].count("record") == UNDER_WAY + 1
    assert last["after"] == [0, early[-1]["step"]]
    assert (last["step"], last["arms"]["A"]["knobs"]["top_k"]) == (200, "2")


def test_nothing_is_said_while_there_is_nothing_to_say(tab, control):
    """Neither records without news nor signs of life that nobody waits for."""
    tab.watch(control)
    tab.hear("record")
    for seq in range(2, 40):
        tab.say("press", seq=seq, token=control, act="set", knobs={"top_k": "1"})
    last = tab.hear("ack", until=lambda said: said["seq"] == 39)
    records = [each for each in tab.heard if each["kind"] == "record"]
    if records[-1]["ticket"] < last["ticket"]:
        records.append(tab.hear("record", until=lambda told: told["ticket"] == last["ticket"]))
    assert len(records) <= 38 + 1
    for seq in range(40, 43):  # three times longer than between two records
        threading.Event().wait(1.5 * feeds_module.MIN_GAP_S)
        tab.press(control, "pause", seq=seq)
    kinds = collections.Counter(each["kind"] for each in tab.heard)
    assert kinds["still"] == 0
    assert [each["kind"] for each in tab.heard[-2:]] == ["ack", "ack"]


class LingeringSocket:
    """A socket whose sending takes a while, as a real one's does, and which hears meanwhile."""

    application_state = WebSocketState.CONNECTED
    headers = Headers()

    def __init__(self) -> None:
        self.to_hear, self.sent = asyncio.Queue(), []

    async def accept(self) -> None:
        pass

    async def receive(self) -> dict[str, str]:
        await asyncio.sleep(0)
        return await self.to_hear.get()

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text)["kind"])
        for _ in range(5):
            await asyncio.sleep(0)


class EngineWithoutRuns:
    def listen(self, listener):
        return lambda: None


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_is_said_while_something_is_sent_brings_no_signs_of_life(anyio_backend):
    channel, socket = Channel(EngineWithoutRuns, lambda: RIGHTS), LingeringSocket()
    served = asyncio.create_task(channel.serve(socket))
    watch = {"kind": "watch", "token": "forged", "view": "bars"}
    for number in range(20):
        text = json.dumps({**watch, "watch": number})
        socket.to_hear.put_nowait({"type": "websocket.receive", "text": text})
    for _ in range(1000):
        await asyncio.sleep(0)
    assert socket.sent == ["hello", *["gone"] * 20]
    socket.to_hear.put_nowait({"type": "websocket.disconnect"})
    await served
    await channel.close()


class UnreadSocket(LingeringSocket):
    """A socket whose other end reads nothing until it is `read`."""

    def __init__(self) -> None:
        super().__init__()
        self.read = asyncio.Event()

    async def send_text(self, text: str) -> None:
        await self.read.wait()
        self.sent.append(json.loads(text))


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_tab_that_does_not_read_is_not_heard_until_it_does(anyio_backend):
    clock, socket = FakeClock(), UnreadSocket()
    channel = Channel(EngineWithoutRuns, lambda: RIGHTS, clock)
    served = asyncio.create_task(channel.serve(socket))

    async def a_while() -> None:
        for _ in range(10 * MAX_UNREAD):
            clock.advance(1.1 / WATCHES_PER_S)  # slow enough to be heard
            await asyncio.sleep(0)

    asked = 3 * MAX_UNREAD
    for number in range(asked):
        watch = {"kind": "watch", "watch": number, "token": "forged", "view": "bars"}
        socket.to_hear.put_nowait({"type": "websocket.receive", "text": json.dumps(watch)})
    await a_while()
    assert socket.sent == []
    assert asked - socket.to_hear.qsize() <= MAX_UNREAD + 1
    socket.read.set()
    await a_while()
    assert [each["watch"] for each in socket.sent[1:]] == list(range(asked))
    socket.to_hear.put_nowait({"type": "websocket.disconnect"})
    await served
    await channel.close()


def test_a_silent_channel_gives_signs_of_life(opened, monkeypatch):
    monkeypatch.setattr(tab_module, "STILL_S", 0.01)
    with opened() as tab:
        assert [tab.hear("still"), tab.hear("still")] == [{"kind": "still"}] * 2


def test_a_run_whose_last_tab_is_gone_pauses_and_whoever_looks_lets_it_go_on(
    opened, engine, run, control, monkeypatch
):
    monkeypatch.setattr(feeds_module, "LEAVE_S", 0.01)
    with opened() as stays:
        stays.watch(control)
        with opened() as goes:
            goes.watch(control)
            goes.press(control, "start")
            seen = goes.hear("record", until=reached(2))
        stays.hear("record", until=reached(seen["step"] + 20))
    left = engine.wait(run, lambda status: status.reason == "its page was closed", 60)
    with opened() as back:
        back.watch(control)
        back.hear("record", until=reached(left.step + 5))


def test_two_tabs_agree_with_the_next_record(opened, control):
    with opened() as laptop, opened() as phone:
        for each in (laptop, phone):
            each.watch(control)
            each.hear("record")
        laptop.press(control, "set", knobs={"aux_coefficient": "0.5"}, arms=["B"])
        changed = phone.hear("record", until=lambda record: "knobs" in record["arms"]["B"])
        assert changed["arms"]["B"]["knobs"]["aux_coefficient"] == "0.5"


def test_a_run_that_is_gone_takes_no_place_of_the_tab(tab, engine):
    for watch in range(MAX_WATCHED):
        run = engine.prepare(CONFIG, "me")
        tab.watch(RIGHTS.token(run, "watch"), watch=watch)
        tab.hear("record")
        engine.delete(run)
        assert tab.hear("gone")["watch"] == watch
    tab.watch(RIGHTS.token(engine.prepare(CONFIG, "me"), "watch"), watch=99)
    assert tab.hear("record")


def test_a_fault_of_the_server_refuses_the_press_and_leaves_the_tab(
    tab, engine, control, monkeypatch, capfd
):
    def fails(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(engine, "rewind", fails)
    answer = tab.press(control, "rewind", step=0)
    assert (answer["kind"], answer["why"][:20]) == ("refused", "The server could not")
    assert "the disk is gone" in capfd.readouterr().err
    assert tab.press(control, "step", seq=2)["kind"] == "ack"


@pytest.mark.parametrize("act", ["pause", "set"])
def test_what_is_pressed_on_a_run_that_is_deleted_meanwhile_is_refused(
    tab, engine, run, control, act
):
    """The worker is halted, as if its step took very long."""
    tab.press(control, "start")
    engine.wait(run, lambda status: status.step > 3, 30)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    tab.say("press", seq=2, token=control, act=act, knobs={"top_k": "2"})
    engine.wait(run, lambda status: not status.obeyed, 30)
    engine.delete(run)
    os.kill(pid, signal.SIGCONT)
    answer = tab.hear("ack", "refused")
    assert answer == {"kind": "refused", "seq": 2, "why": feeds_module.GONE, "knob": ""}


def test_bytes_close_the_channel(tab):
    tab.socket.send_bytes(b'{"kind":"visible","visible":true}')
    with pytest.raises(WebSocketDisconnect) as closed:
        tab.hear("never")
    assert closed.value.code == 1008


@pytest.mark.parametrize("text", ["x", "[]", '{"kind":"dance"}', '{"kind":"watch"}', "9" * 5000])
def test_nonsense_closes_the_channel(tab, text):
    tab.socket.send_text(text)
    with pytest.raises(WebSocketDisconnect) as closed:
        tab.hear("never")
    assert closed.value.code == 1008


def test_a_message_has_a_longest(tab, control):
    tab.say(
        "press", seq=1, token=control, act="set", knobs={}, until="", x="x" * MAX_MESSAGE_CHARACTERS
    )
    with pytest.raises(WebSocketDisconnect):
        tab.hear("never")


def test_a_flood_of_presses_is_refused_in_words_and_ends_nothing(tab, engine, run, control):
    n = PRESSES_AT_ONCE + 40
    for seq in range(n):
        tab.say("press", seq=seq, token=control, act="set", knobs={"top_k": "2"})
    answers = [tab.hear("ack", "refused") for _ in range(n)]
    assert sorted(each["seq"] for each in answers) == list(range(n))
    refused = [each for each in answers if each["kind"] == "refused"]
    assert refused
    assert f"{PRESSES_PER_S:g} per second" in refused[0]["why"]
    assert engine.latest(run).config.arms[0].routing.top_k == 2


def test_a_flood_of_messages_ends_the_tab_alone(opened, tab, control):
    with pytest.raises(WebSocketDisconnect), opened() as flooding:  # noqa: PT012
        for _ in range(1000):
            flooding.say("visible", visible=True)
        flooding.hear("never")
    tab.watch(control)
    tab.hear("record")


def test_a_tab_too_many_is_asked_to_try_later(opened, monkeypatch):
    monkeypatch.setattr(channel_module, "MAX_TABS", 2)
    with opened(), opened():
        with pytest.raises(WebSocketDisconnect) as closed, opened():
            pass
        assert closed.value.code == 1013
    with opened(), opened():
        pass  # those that left have made room


def test_a_flood_of_watches_ends_the_tab_alone(opened, tab, control):
    """Each would begin with the whole run."""
    with pytest.raises(WebSocketDisconnect) as closed, opened() as flooding:  # noqa: PT012
        for _ in range(WATCHES_AT_ONCE + 40):
            flooding.watch(control)
        flooding.hear("never")
    assert closed.value.reason == "too many watches"
    tab.watch(control)
    tab.hear("record")


def test_a_tab_watches_a_bounded_number_of_runs(tab, engine):
    for watch in range(MAX_WATCHED + 1):
        tab.watch(RIGHTS.token(engine.prepare(CONFIG, "me"), "watch"), watch=watch)
    assert tab.hear("gone")["watch"] == MAX_WATCHED


def test_an_experiments_promises_are_judged(tab, control):
    tab.watch(control, experiment="collapse")
    told = tab.hear("record")
    assert told["experiment"] == "collapse"
    assert [each["outcome"] for each in told["verdicts"]] == ["not yet"] * 3


def test_a_run_that_a_press_makes_another_one_promises_nothing_until_it_is_turned_back(
    tab, control
):
    tab.watch(control, experiment="collapse")
    tab.hear("record")
    tab.press(control, "set", knobs={"balancer": "bias_sign"}, arms=["A"])
    told = tab.hear("record", until=lambda record: record.get("verdicts") == [])
    assert told["experiment"] == ""
    tab.press(control, "set", knobs={"balancer": "none"}, arms=["A"])
    told = tab.hear("record", until=lambda record: record.get("verdicts"))
    assert (told["experiment"], len(told["verdicts"])) == ("collapse", 3)


def test_a_dense_model_has_words_and_no_load(tab, engine):
    dense = ArmConfig.of("D", {"dense_width": 64})
    run = engine.prepare(RunConfig((*CONFIG.arms, dense)), "me")
    token = RIGHTS.token(run, "control")
    tab.watch(token)
    tab.press(token, "step")
    record = tab.hear("record", until=reached(1))
    assert "load" not in record["arms"]["D"]
    assert record["arms"]["D"]["words"]["verdict"] == "dense"
