// A page follows its run as long as somebody listens.

import assert from "node:assert/strict";
import { test } from "node:test";

import { RunControl } from "../../moeviz/ui/components/live_run/run_control.js";

const RUN = { id: "r", token: "t", control: true, view: "status", experiment: "", address: null };

/** A channel that notes what is watched, and passes on what it is told to. */
function fakeChannel() {
  /** @type {Map<string, any>} */
  const watched = new Map();
  /** @type {Set<(status: string) => void>} */
  const hearing = new Set();
  const channel = {
    status: "open",
    watch: (/** @type {any} */ { run }, /** @type {any} */ watcher) => {
      watched.set(run, watcher);
      return () => watched.delete(run);
    },
    onStatus: (/** @type {(status: string) => void} */ listener) => {
      hearing.add(listener);
      listener(channel.status);
      return () => hearing.delete(listener);
    },
    press: () => Promise.resolve({ ok: true }),
  };
  return { channel: /** @type {any} */ (channel), watched, hearing };
}

test("a run is followed from the first listener to the last, also when it is named before", () => {
  const { channel, watched, hearing } = fakeChannel();
  const control = new RunControl(channel);
  control.take(RUN);
  assert.deepEqual([watched.size, hearing.size], [0, 0]);
  const [stop, stopToo] = [control.listen({}), control.listen({})];
  assert.deepEqual([[...watched.keys()], hearing.size], [["r"], 1]);
  stop();
  assert.deepEqual([[...watched.keys()], hearing.size], [["r"], 1]);
  stopToo();
  assert.deepEqual([watched.size, hearing.size], [0, 0]);
});

test("who listens again follows the run that was named last", () => {
  const { channel, watched } = fakeChannel();
  const control = new RunControl(channel);
  const stop = control.listen({});
  control.take(RUN);
  stop();
  control.take({ ...RUN, id: "s" });
  assert.equal(watched.size, 0);
  control.listen({});
  assert.deepEqual([...watched.keys()], ["s"]);
});

test("a listener hears the state there is, the channel's status, and what comes", () => {
  const { channel, watched, hearing } = fakeChannel();
  const control = new RunControl(channel);
  control.take(RUN);
  /** @type {any[]} */
  const heard = [];
  const listener = {
    onState: (/** @type {any} */ state) => heard.push(state?.step ?? null),
    onStatus: (/** @type {string} */ status) => heard.push(status),
    onGone: (/** @type {string} */ why) => heard.push(why),
  };
  control.listen(listener);
  assert.deepEqual([...new Set(heard)], ["open", null]);
  heard.length = 0;
  watched.get("r").onState({ run: "r", step: 7, arms: [] });
  hearing.forEach((hears) => hears("lost"));
  watched.get("r").onGone("it was deleted");
  assert.deepEqual(heard, [7, "lost", "it was deleted"]);
});

/** A page that shows a run, and the server that tells of it. */
function pageOfARun() {
  const { channel, watched } = fakeChannel();
  channel.server = "first";
  const control = new RunControl(channel);
  /** @type {string[]} */
  const news = [];
  control.listen({ onNews: (words) => news.push(words) });
  control.take(RUN);
  /** @param {number} step @param {string} state */
  const tell = (step, state) =>
    watched.get("r").onState({
      run: "r",
      step,
      state,
      trains: state === "running",
      marks: [],
      arms: [],
    });
  return { channel, control, news, tell };
}

test("steps that a restart of the server has lost are told once", () => {
  const { channel, news, tell } = pageOfARun();
  tell(1243, "running");
  channel.server = "second";
  tell(1200, "paused");
  tell(1200, "paused");
  assert.deepEqual(news, [
    "The server restarted. The run continues from step 1,200: steps after that, up to 1,243, " +
    "were not saved. Press Resume to continue.",
  ]);
});

test("a run that lost all its steps begins anew, and one that only stopped says so", () => {
  const { channel, news, tell } = pageOfARun();
  tell(30, "running");
  channel.server = "second";
  tell(0, "paused");
  assert.match(
    news[0],
    /begins again at step 0: its 30 steps were not .* Press Start to continue\.$/,
  );
  tell(40, "running");
  channel.server = "third";
  tell(40, "paused");
  assert.equal(
    news[1],
    "The server restarted. The run is paused at step 40. Press Resume to continue.",
  );
});

test("a restart that took nothing, a rewind and another run are no news", () => {
  const { channel, control, news, tell } = pageOfARun();
  tell(50, "paused");
  channel.server = "second";
  tell(50, "paused");
  tell(20, "paused");
  control.take({ ...RUN, id: "s" });
  channel.server = "third";
  control.take(RUN);
  assert.deepEqual(news, []);
});

test("a tab keeps its begun run where a new session of the script names another one", () => {
  const { channel, watched } = fakeChannel();
  const control = new RunControl(channel);
  control.listen({});
  /** @type {string[]} */
  const asked = [];
  const ask = (/** @type {string} */ run) => asked.push(run);
  control.take({ ...RUN, session: "one" }, ask);
  watched.get("r").onState({ run: "r", step: 0, begun: false, ticket: 0, arms: [] });
  control.take({ ...RUN, id: "s", session: "two" }, ask); // r has not begun
  assert.deepEqual([control.run?.id, asked], ["s", []]);
  watched.get("s").onState({
    run: "s",
    step: 4,
    begun: true,
    ticket: 0,
    arms: [],
  });
  const lost = { run: "s", step: 0, begun: false, ticket: 0, arms: [] };
  watched.get("s").onState(lost); // by a server that was restarted
  control.take({ ...RUN, id: "t", session: "three" }, ask);
  assert.deepEqual([control.run?.id, asked], ["s", ["s"]]);
  control.take({ ...RUN, id: "s", session: "three" }, ask);
  control.take({ ...RUN, id: "t", session: "three" }, ask); // its reader goes to another run
  assert.deepEqual([control.run?.id, asked], ["t", ["s"]]);
});

test("a begun run that the server has no more is given up for the one that the script names", () => {
  const { channel, watched } = fakeChannel();
  const control = new RunControl(channel);
  control.listen({});
  control.take({ ...RUN, session: "one" });
  watched.get("r").onState({
    run: "r",
    step: 4,
    begun: true,
    ticket: 0,
    arms: [],
  });
  watched.get("r").onGone("It is gone.");
  control.take({ ...RUN, id: "s", session: "two" }, () => assert.fail("asked"));
  assert.equal(control.run?.id, "s");
});
