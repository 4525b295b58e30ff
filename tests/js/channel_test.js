// The tab's end of the live channel, against a socket and a time that a test holds in its hands.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Channel,
  SILENCE_MS,
  VERSION,
  WAITS_MS,
} from "../../moeviz/ui/components/channel/channel.js";
import { FakeClock } from "./fake_clock.js";

/** @import { Outcome, Socket, Status } from "../../moeviz/ui/components/channel/channel.js" */
/** @import { RunState } from "../../moeviz/ui/components/channel/run_state.js" */

/** @implements {Socket} */
class FakeSocket {
  /** @type {Socket["onopen"]} */
  onopen = null;
  /** @type {Socket["onmessage"]} */
  onmessage = null;
  /** @type {Socket["onclose"]} */
  onclose = null;
  closed = false;
  greeted = false;
  /** @type {any[]} */
  sent = [];

  /** @param {string} text */
  send(text) {
    assert.ok(this.greeted && !this.closed, "sent before the greeting or after the end");
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  /** The server says something. @param {any} message */
  says(message) {
    if (message.kind === "hello") this.greeted = true;
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The connection ends. */
  ends() {
    this.closed = true;
    this.onclose?.();
  }

  /** What was sent since this was asked. @param {string} kind */
  took(kind) {
    const taken = this.sent.filter((each) => each.kind === kind);
    this.sent = this.sent.filter((each) => each.kind !== kind);
    return taken;
  }
}

/** A channel with its sockets so far and its time. */
class Tab {
  clock = new FakeClock();
  /** @type {FakeSocket[]} */
  sockets = [];
  /** @type {Status[]} */
  statuses = [];

  constructor() {
    const open = () => {
      this.sockets.push(new FakeSocket());
      return this.socket;
    };
    this.channel = new Channel(open, {
      later: (act, ms) => this.clock.later(act, ms),
      cancel: (timer) => this.clock.forget(timer),
    });
    this.channel.onStatus((status) => this.statuses.push(status));
  }

  get socket() {
    return /** @type {FakeSocket} */ (this.sockets.at(-1));
  }

  greet(version = VERSION, server = "first") {
    this.socket.says({ kind: "hello", version, server });
    return this;
  }

  /** @param {string} run @param {Partial<{token: string, view: string, experiment: string}>} more */
  watch(run, { token = "t", view = "bars", ...more } = {}) {
    return new Watched(this.channel, { run, token, view, ...more });
  }
}

class Watched {
  /** @type {RunState[]} */
  states = [];
  /** @type {string[]} */
  gone = [];

  /** @param {Channel} channel @param {{run: string, token: string, view: string}} what */
  constructor(channel, what) {
    this.leave = channel.watch(what, {
      onState: (state) => this.states.push(state),
      onGone: (why) => this.gone.push(why),
    });
  }

  get steps() {
    return this.states.map(({ step }) => step);
  }
}

const open = () => new Tab().greet();

/** A record as the server makes it. @param {number} step @param {number | null} after */
const record = (step, after, { run = "r", view = "bars", revision = 0, ...more } = {}) => ({
  kind: "record",
  ...{ run, view, revision, step, state: "running", at_rest: false, reason: "", notice: "" },
  ...{ rate: 100, models: 2, checkpoints: [0], arms: {} },
  after: after === null ? null : [revision, after],
  ...more,
});

/** Whether, and how, a promise has been kept so far. @param {Promise<Outcome>} promise */
async function outcome(promise) {
  return await Promise.race([promise, Promise.resolve().then(() => Promise.resolve(null))]);
}

test("nothing is sent before the server has greeted, then all that is watched", () => {
  const tab = new Tab();
  tab.watch("r");
  tab.watch("s", { view: "charts", experiment: "collapse" });
  assert.deepEqual(tab.socket.sent, []);
  tab.greet();
  assert.deepEqual(tab.socket.sent, [
    { kind: "watch", watch: 0, token: "t", view: "bars", experiment: "" },
    { kind: "watch", watch: 1, token: "t", view: "charts", experiment: "collapse" },
  ]);
  assert.deepEqual(tab.statuses, ["connecting", "open"]);
});

test("records build upon each other, reach the watcher in order and are confirmed", () => {
  const tab = open();
  const seen = tab.watch("r");
  tab.socket.says(record(0, null));
  tab.socket.says(record(3, 0));
  tab.socket.says(record(9, 3));
  assert.deepEqual(seen.steps, [0, 3, 9]);
  assert.deepEqual(tab.socket.took("got"), Array(3).fill({ kind: "got", watch: 0 }));
});

test("a record for another run, view or watcher is not confirmed and shown to nobody", () => {
  const tab = open();
  const seen = tab.watch("r");
  tab.socket.says(record(0, null, { run: "other" }));
  tab.socket.says(record(0, null, { view: "charts" }));
  seen.leave();
  tab.socket.says(record(0, null));
  assert.deepEqual([seen.steps, tab.socket.took("got")], [[], []]);
});

test("where a record is missing, all of it is asked for once, and shown", () => {
  const tab = open();
  const seen = tab.watch("r");
  tab.socket.says(record(0, null));
  tab.socket.took("watch");
  tab.socket.says(record(9, 5)); // 0 to 5 was lost
  tab.socket.says(record(12, 9)); // sent before the server has heard of it
  tab.socket.says(record(14, 12));
  assert.deepEqual(tab.socket.took("watch").map((each) => each.watch), [0]);
  assert.deepEqual(seen.steps, [0]);
  tab.socket.says(record(14, null));
  tab.socket.says(record(15, 14));
  assert.deepEqual(seen.steps, [0, 14, 15]);
});

test("a record of another revision is a gap as well", () => {
  const tab = open();
  const seen = tab.watch("r");
  tab.socket.says(record(7, null));
  tab.socket.says(record(8, 7, { revision: 1 }));
  assert.deepEqual(seen.steps, [7]);
  assert.equal(tab.socket.took("watch").length, 2);
});

test("two components that watch one run and view share one watch and one record", () => {
  const tab = open();
  const one = tab.watch("r");
  tab.socket.says(record(4, null));
  const two = tab.watch("r");
  assert.equal(tab.socket.took("watch").length, 1);
  assert.deepEqual(two.steps, [4], "the second sees at once what is known");
  tab.socket.says(record(5, 4));
  assert.equal(one.states[1], two.states[1]);
  one.leave();
  assert.deepEqual(tab.socket.took("unwatch"), []);
  tab.socket.says(record(6, 5));
  assert.deepEqual([one.steps, two.steps], [[4, 5], [4, 5, 6]]);
  two.leave();
  two.leave();
  assert.deepEqual(tab.socket.took("unwatch"), [{ kind: "unwatch", watch: 0 }]);
});

test("two views of a run are two watches", () => {
  const tab = open();
  const bars = tab.watch("r");
  const charts = tab.watch("r", { view: "charts" });
  tab.socket.says(record(1, null));
  tab.socket.says(record(2, null, { view: "charts" }));
  assert.deepEqual([bars.steps, charts.steps], [[1], [2]]);
});

test("another token or experiment of the same run takes the watch over, watchers and all", () => {
  const tab = open();
  const first = tab.watch("r");
  tab.socket.says(record(4, null));
  const second = tab.watch("r", { token: "t2", experiment: "collapse" });
  assert.deepEqual(tab.socket.took("unwatch"), [{ kind: "unwatch", watch: 0 }]);
  assert.deepEqual(tab.socket.took("watch").at(-1), {
    kind: "watch",
    ...{ watch: 1, token: "t2", view: "bars", experiment: "collapse" },
  });
  tab.socket.says(record(5, 4)); // of the first watch, on its way meanwhile
  tab.socket.says({ kind: "gone", watch: 0, why: "no longer" });
  tab.socket.says(record(6, null));
  assert.deepEqual([first.steps, second.steps], [[4, 6], [6]]);
  assert.deepEqual([first.gone, second.gone], [[], []]);
  first.leave();
  second.leave();
  assert.deepEqual(tab.socket.took("unwatch"), [{ kind: "unwatch", watch: 1 }]);
});

test("a press is acknowledged or refused by its own number", async () => {
  const tab = open();
  const one = tab.channel.press({ act: "start", token: "t" });
  const two = tab.channel.press({ act: "set", token: "t", knobs: { top_k: "9" } });
  assert.deepEqual(tab.socket.sent, [
    { kind: "press", seq: 1, act: "start", token: "t" },
    { kind: "press", seq: 2, act: "set", token: "t", knobs: { top_k: "9" } },
  ]);
  tab.socket.says({ kind: "refused", seq: 2, why: "Choose 1 to 8.", knob: "top_k" });
  assert.equal(await outcome(one), null);
  assert.deepEqual(await two, { ok: false, why: "Choose 1 to 8.", knob: "top_k" });
  tab.socket.says({ kind: "ack", seq: 1, step: 12 });
  assert.deepEqual(await one, { ok: true, step: 12 });
});

test("a fork's acknowledgement carries the new run and the right to it", async () => {
  const tab = open();
  const forked = tab.channel.press({ act: "fork", step: 3, token: "t" });
  tab.socket.says({ kind: "ack", seq: 1, run: "r2", token: "t2" });
  assert.deepEqual(await forked, { ok: true, run: "r2", token: "t2" });
});

test("an answer to a press that is forgotten, or never was, does nothing", async () => {
  const tab = open();
  const pressed = tab.channel.press({ act: "start", token: "t" });
  tab.socket.ends();
  assert.equal((await pressed).ok, false);
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  tab.socket.says({ kind: "ack", seq: 1, step: 4 });
  tab.socket.says({ kind: "refused", seq: 77, why: "late" });
  const next = tab.channel.press({ act: "start", token: "t" });
  assert.equal(tab.socket.took("press")[0].seq, 2, "numbers are not used again");
  assert.equal(await outcome(next), null);
});

test("a press while there is no connection is refused in words and not sent later", async () => {
  const tab = new Tab();
  const early = await tab.channel.press({ act: "start", token: "t" });
  assert.deepEqual([early.ok, early.lost], [false, true]);
  assert.match(early.why ?? "", /^Not connected to the server/);
  tab.greet();
  assert.deepEqual(tab.socket.took("press"), []);
});

test("when the connection is lost, pending presses are refused as lost", async () => {
  const tab = open();
  const pressed = [1, 2, 3].map(() => tab.channel.press({ act: "start", token: "t" }));
  tab.socket.says({ kind: "ack", seq: 2, step: 5 });
  tab.socket.ends();
  const [one, two, three] = await Promise.all(pressed);
  assert.deepEqual(two, { ok: true, step: 5 });
  for (const lost of [one, three]) {
    assert.deepEqual([lost.ok, lost.lost], [false, true]);
    assert.match(lost.why ?? "", /^The connection was lost/);
  }
  assert.equal(tab.statuses.at(-1), "lost");
});

test("it connects again after growing waits, without end, and anew once it was greeted", () => {
  const tab = open();
  for (const wait of [...WAITS_MS, ...Array(3).fill(WAITS_MS.at(-1))]) {
    const before = tab.sockets.length;
    tab.socket.ends();
    tab.clock.pass(wait - 1);
    assert.equal(tab.sockets.length, before);
    tab.clock.pass(1);
    assert.equal(tab.sockets.length, before + 1);
  }
  assert.deepEqual(tab.statuses.filter((status) => status === "open").length, 1);
  tab.greet();
  const before = tab.sockets.length;
  tab.socket.ends();
  tab.clock.pass(WAITS_MS[0]);
  assert.equal(tab.sockets.length, before + 1);
});

test("connected again, it watches the same and shows what the server has", () => {
  const tab = open();
  const [kept, left] = [tab.watch("r"), tab.watch("s")];
  tab.socket.says(record(40, null));
  tab.socket.ends();
  left.leave();
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  assert.deepEqual(tab.socket.sent.map(({ kind, watch }) => [kind, watch]), [["watch", 0]]);
  tab.socket.says(record(12, null)); // the server was restarted from an earlier checkpoint
  assert.deepEqual(kept.steps, [40, 12]);
});

test("a channel that is silent for too long is given up and opened again", () => {
  const tab = open();
  tab.clock.pass(SILENCE_MS - 1);
  tab.socket.says({ kind: "still" });
  tab.clock.pass(SILENCE_MS - 1);
  assert.equal(tab.sockets.length, 1);
  tab.clock.pass(1);
  assert.ok(tab.sockets[0].closed);
  assert.deepEqual(tab.statuses, ["connecting", "open", "lost"]);
  tab.clock.pass(WAITS_MS[0]);
  assert.equal(tab.sockets.length, 2);
});

test("a connection that never comes about is given up as well", () => {
  const tab = new Tab();
  tab.clock.pass(SILENCE_MS + WAITS_MS[0]);
  assert.deepEqual([tab.sockets.length, tab.statuses.at(-1)], [2, "lost"]);
});

test("what a socket says that was given up is of no account", async () => {
  const tab = open();
  const seen = tab.watch("r");
  tab.socket.says(record(1, null));
  const [old] = tab.sockets;
  tab.clock.pass(SILENCE_MS + WAITS_MS[0]);
  old.says(record(2, 1));
  old.says({ kind: "hello", version: VERSION });
  assert.deepEqual([seen.steps, tab.statuses.at(-1)], [[1], "lost"]);
  assert.equal((await tab.channel.press({ act: "start" })).lost, true);
  tab.clock.pass(SILENCE_MS - 1);
  old.says({ kind: "still" });
  tab.clock.pass(1);
  assert.ok(tab.sockets[1].closed, "the silence of the new one counts");
  old.ends();
  assert.equal(tab.sockets.length, 2);
});

test("a server of another version is told, and not asked again", async () => {
  const tab = new Tab();
  tab.watch("r");
  tab.greet(VERSION + 1);
  assert.deepEqual(tab.statuses, ["connecting", "outdated"]);
  assert.deepEqual([tab.socket.sent, tab.socket.closed], [[], true]);
  tab.socket.ends();
  tab.clock.pass(10 * SILENCE_MS);
  assert.deepEqual([tab.sockets.length, tab.statuses.at(-1)], [1, "outdated"]);
  assert.equal((await tab.channel.press({ act: "start" })).ok, false);
});

test("a tab hidden before the greeting says so before it watches", () => {
  const tab = new Tab();
  tab.watch("r");
  tab.channel.setVisible(false);
  tab.greet();
  assert.deepEqual(tab.socket.sent.map(({ kind }) => kind), ["visible", "watch"]);
  assert.equal(tab.socket.sent[0].visible, false);
});

test("a tab says when it is hidden and seen, also to the next socket", () => {
  const tab = open();
  tab.channel.setVisible(false);
  tab.channel.setVisible(true);
  tab.channel.setVisible(false);
  assert.deepEqual(tab.socket.took("visible").map(({ visible }) => visible), [false, true, false]);
  tab.socket.ends();
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  assert.deepEqual(tab.socket.took("visible"), [{ kind: "visible", visible: false }]);
  tab.channel.setVisible(true);
  tab.socket.ends();
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  assert.deepEqual(tab.socket.took("visible"), []);
});

test("a run that is gone is told to its watchers and not watched again", () => {
  const tab = open();
  const [bars, charts, other] = [
    tab.watch("r"),
    tab.watch("r", { view: "charts" }),
    tab.watch("s"),
  ];
  tab.socket.says({ kind: "gone", watch: 0, run: "r", why: "There is no run." });
  tab.socket.says({ kind: "gone", watch: 1, run: "r", why: "There is no run." });
  assert.deepEqual([bars.gone, charts.gone, other.gone], [
    ["There is no run."],
    ["There is no run."],
    [],
  ]);
  bars.leave();
  assert.deepEqual(tab.socket.took("unwatch"), []);
  tab.socket.ends();
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  assert.deepEqual(tab.socket.took("watch").map(({ watch }) => watch), [2]);
  tab.watch("r", { token: "new" });
  assert.equal(tab.socket.took("watch")[0].token, "new");
});

test("whoever listens hears the status now and whenever it changes, until told not to", () => {
  const tab = open();
  /** @type {Status[]} */
  const heard = [];
  const leave = tab.channel.onStatus((status) => heard.push(status));
  tab.socket.ends();
  leave();
  tab.clock.pass(WAITS_MS[0]);
  tab.greet();
  assert.deepEqual(heard, ["open", "lost"]);
});

test("a component that fails is reported and keeps nothing from the others", () => {
  const tab = open();
  /** @type {unknown[]} */
  const reported = [];
  const real = globalThis.reportError;
  globalThis.reportError = (/** @type {unknown} */ error) => void reported.push(error);
  try {
    const fault = new Error("in one component");
    const fails = () => {
      throw fault;
    };
    tab.channel.watch({ run: "r", token: "t", view: "bars" }, { onState: fails, onGone: fails });
    const fine = tab.watch("r");
    tab.socket.says(record(1, null));
    tab.socket.says({ kind: "gone", watch: 0, why: "gone" });
    assert.deepEqual([fine.steps, fine.gone], [[1], ["gone"]]);
    assert.deepEqual(reported, [fault, fault]);
  } finally {
    globalThis.reportError = real;
  }
});

test("a question is numbered with the presses, answered or refused, and needs an open channel", async () => {
  const tab = new Tab();
  assert.equal(
    (await tab.channel.ask({ token: "t", prompts: ["a"] })).lost,
    true,
    "no greeting yet",
  );
  tab.greet();
  const first = tab.channel.press({ act: "start", token: "t" });
  const asked = tab.channel.ask({ token: "t", prompts: ["2 + 2 ="] });
  const other = tab.channel.ask({ token: "t", prompts: ["def "] });
  assert.deepEqual(tab.socket.took("ask"), [
    { kind: "ask", seq: 2, token: "t", prompts: ["2 + 2 ="] },
    { kind: "ask", seq: 3, token: "t", prompts: ["def "] },
  ]);
  tab.socket.says({ kind: "answer", seq: 2, models: { A: [[30, " 4"]] } });
  tab.socket.says({ kind: "refused", seq: 3, why: "Too many questions.", knob: "" });
  tab.socket.says({ kind: "ack", seq: 1, step: 4 });
  assert.deepEqual(await asked, { ok: true, models: { A: [[30, " 4"]] } });
  assert.deepEqual(await other, { ok: false, why: "Too many questions.", knob: "" });
  assert.deepEqual(await first, { ok: true, step: 4 });
});
