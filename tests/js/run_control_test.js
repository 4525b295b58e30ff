// A page's hold on its run: how the address follows, and where presses lead.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parametersOf } from "../../moeviz/ui/components/live_run/run_address.js";
import { RunControl } from "../../moeviz/ui/components/live_run/run_control.js";
import cases from "./fixtures/addresses.json" with { type: "json" };

/** @typedef {import("../../moeviz/ui/components/channel/channel.js").Outcome} Outcome */

for (const { what, state, address, moved, parameters } of cases) {
  test(what, () => {
    assert.deepEqual(
      parametersOf(/** @type {any} */ (state), /** @type {any} */ (address), moved),
      parameters,
    );
  });
}

/** A channel that answers presses as it is told, and the address that the page then has. */
function pageOf(quietMs = 0) {
  /** @type {{run: string, token: string, onState: (state: any) => void}[]} */
  const watched = [];
  /** @type {any[]} */
  const pressed = [];
  /** @type {any[]} */
  const asked = [];
  /** @type {Outcome[]} */
  const answers = [];
  const channel = {
    status: "open",
    onStatus: () => () => {},
    /** @param {any} what @param {any} watcher */
    watch(what, watcher) {
      watched.push({ ...what, ...watcher });
      return () => {};
    },
    /** @param {any} press */
    press(press) {
      pressed.push(press);
      return Promise.resolve(answers.shift() ?? { ok: true });
    },
    /** @param {any} question */
    ask(question) {
      asked.push(question);
      return Promise.resolve({ ok: true, models: {} });
    },
  };
  const at = { pathname: "/lab", search: "", hash: "" };
  const history = {
    state: null,
    /** @param {any} _ @param {string} __ @param {string} path */
    replaceState: (_, __, path) => Object.assign(at, { search: path.slice("/lab".length) }),
    pushState: () => {},
  };
  Object.assign(globalThis, { history });
  Object.defineProperty(globalThis, "location", { value: at, configurable: true });
  const control = new RunControl(/** @type {any} */ (channel), quietMs);
  const leave = control.listen({});
  return { control, watched, pressed, asked, answers, at, leave };
}

/** @param {string} id @param {{token?: string, control?: boolean, address?: any}} [more] */
const runOf = (id, { token = `token of ${id}`, control = true, address = {} } = {}) => ({
  id,
  token,
  control,
  view: "charts",
  experiment: "",
  address,
});

/** @param {string} run @param {Record<string, string>} [starts] */
const stateOf = (run, starts = {}) => ({
  run,
  step: 0,
  state: "paused",
  begun: false,
  arms: [{ name: "A", starts }],
});

test("a fork is followed by the right that came with it, and named in the address", async () => {
  const { control, watched, pressed, answers, at } = pageOf();
  control.take(runOf("old"));
  answers.push({ ok: true, run: "fork", token: "right" });
  await control.press("fork", { step: 7 });
  await control.press("start");
  assert.deepEqual(pressed.map(({ act, token }) => [act, token]), [
    ["fork", "token of old"],
    ["start", "right"],
  ]);
  at.search = "?run=old&seed=3";
  watched.at(-1)?.onState({ ...stateOf("fork"), begun: true });
  assert.equal(at.search, "?run=fork&seed=3");
});

test("a prepared run that a press led to takes the place of the old one, and is not named", async () => {
  const { control, watched, answers, at } = pageOf();
  control.take(runOf("old", { address: { A: { n_experts: { url: "experts", default: "8" } } } }));
  watched[0].onState({ ...stateOf("old"), begun: true });
  assert.equal(at.search, "?run=old");
  answers.push({ ok: true, run: "next", token: "right" });
  await control.press("renew", { knobs: { n_experts: "16" } });
  watched[1].onState(stateOf("next", { n_experts: "16" }));
  assert.deepEqual([at.search, control.moved], ["?experts=16", true]);
  watched[1].onState({ ...stateOf("next", { n_experts: "16" }), begun: true });
  assert.equal(at.search, "?experts=16&run=next");
});

test("a prepared run that has taken another model shows it before a record tells", async () => {
  const { control, watched, answers, at } = pageOf();
  control.take(runOf("r", { address: { A: { n_experts: { url: "experts", default: "8" } } } }));
  watched[0].onState({ ...stateOf("r", { n_experts: "8" }), ticket: 1 });
  answers.push({ ok: true, ticket: 2, step: 1 });
  await control.press("renew", { knobs: { n_experts: "16" } });
  assert.equal(control.state?.arms[0].starts.n_experts, "16");
  assert.deepEqual([at.search, control.run?.id, watched.length], ["?experts=16", "r", 1]);
});

test("what the page named before is no news after a fork", async () => {
  const { control, answers } = pageOf();
  control.take(runOf("old"));
  answers.push({ ok: true, run: "fork", token: "right" });
  await control.press("fork", { step: 7 });
  control.take({ ...runOf("old"), experiment: "collapse" });
  assert.deepEqual([control.run?.id, control.run?.token, control.run?.experiment], [
    "fork",
    "right",
    "collapse",
  ]);
  control.take(runOf("third"));
  assert.equal(control.run?.id, "third");
});

test("a right to control that a press brought stays when the page may only watch", async () => {
  const { control, answers } = pageOf();
  control.take(runOf("old"));
  answers.push({ ok: true, run: "fork", token: "right" });
  await control.press("fork", { step: 7 });
  for (let again = 0; again < 2; again++) {
    control.take(runOf("fork", { token: "to watch", control: false }));
    assert.deepEqual([control.run?.token, control.ready], ["right", true]);
  }
  control.take(runOf("old", { token: "to watch", control: false }));
  assert.deepEqual([control.run?.token, control.ready], ["to watch", false]);
});

test("a late state of the run that was left writes no address", async () => {
  const { control, watched, answers, at } = pageOf();
  const address = { A: { top_k: { url: "k", default: "1" } } };
  control.take(runOf("old", { address }));
  answers.push({ ok: true, run: "fork", token: "right" });
  await control.press("fork", { step: 7 });
  watched[0].onState(stateOf("old", { top_k: "4" }));
  assert.equal(at.search, "");
  watched[1].onState({ ...stateOf("fork", { top_k: "2" }), begun: true });
  assert.equal(at.search, "?run=fork&k=2");
});

test("a late record of a run that is left does not stay in the address of the next", () => {
  const { control, watched, at } = pageOf();
  control.take(runOf("old"));
  watched[0].onState({ ...stateOf("old"), begun: true });
  at.search = "?preset=rescue"; // the page goes on to another run, and says so
  watched[0].onState({ ...stateOf("old"), begun: true });
  assert.equal(at.search, "?preset=rescue&run=old");
  control.take(runOf("new"));
  watched[1].onState(stateOf("new"));
  assert.equal(at.search, "?preset=rescue");
});

test("a run without a step that the address itself names stays in it", () => {
  const { control, watched, at } = pageOf();
  at.search = "?run=r";
  control.take(runOf("r"));
  watched[0].onState(stateOf("r"));
  assert.equal(at.search, "?run=r");
});

test("knobs are left out by what the page says now of the address", () => {
  const { control, watched, at } = pageOf();
  control.take(runOf("r", { address: { A: { top_k: { url: "k", default: "1" } } } }));
  watched[0].onState(stateOf("r", { top_k: "2" }));
  assert.equal(at.search, "?k=2");
  control.take(runOf("r", { address: { A: { top_k: { url: "k", default: "2" } } } }));
  assert.equal(at.search, "?preset=none");
});

test("an address that the page has written over says again what the run does", () => {
  const { control, watched, at, leave } = pageOf();
  const named = runOf("r", { address: { A: { top_k: { url: "k", default: "1" } } } });
  control.take(named);
  watched[0].onState(stateOf("r", { top_k: "3" }));
  at.search = "?k=2";
  control.take(named);
  assert.equal(at.search, "?k=3");
  leave();
  at.search = "";
  control.take(named);
  assert.equal(at.search, "", "on another page the address is another's");
});

test("a record that comes after the reader has left the page is not written into another's address", () => {
  const { control, watched, at } = pageOf();
  const named = runOf("r", { address: { A: { top_k: { url: "k", default: "1" } } } });
  control.take(named);
  at.pathname = "/capacity"; // back, and the page's components are still there
  watched[0].onState({ ...stateOf("r", { top_k: "3" }), begun: true });
  assert.equal(at.search, "");
  at.pathname = "/lab";
  control.take(named);
  assert.equal(at.search, "?run=r&k=3");
});

test("without the right to control nothing can be pressed", () => {
  const { control } = pageOf();
  control.take(runOf("r", { control: false }));
  assert.equal(control.ready, false);
  control.take(runOf("s"));
  assert.equal(control.ready, true);
});

test("a press without a run is refused in words", async () => {
  const { control, pressed } = pageOf();
  assert.deepEqual(await control.press("start"), { ok: false, why: "There is no run yet." });
  assert.deepEqual(pressed, []);
});

test("a run without a step is shown before the channel tells of it, and only once", () => {
  const { control, watched } = pageOf();
  /** @type {any[]} */
  const shown = [];
  control.listen({ onState: (state) => state && shown.push([state.run, state.revision]) });
  const record = { run: "new", after: null, revision: 1, step: 0, state: "paused", arms: {} };
  control.take({ ...runOf("new"), record });
  assert.deepEqual(shown, [["new", 1]]);
  watched.at(-1)?.onState({ ...stateOf("new"), revision: 2 });
  control.take({ ...runOf("new", { token: "another" }), record });
  assert.equal(control.state?.revision, 2);
});

test("what is pressed while a new run is on its way is meant for that one", async () => {
  const { control, pressed, answers } = pageOf();
  control.take(runOf("old"));
  answers.push({ ok: true, run: "first", token: "of first" });
  answers.push({ ok: true, run: "second", token: "of second" });
  const outcomes = await Promise.all([
    control.press("renew", { knobs: { n_experts: "9" } }),
    control.press("renew", { knobs: { n_experts: "10" } }),
    control.press("set", { knobs: { top_k: "2" } }),
  ]);
  assert.deepEqual(outcomes.map(({ ok }) => ok), [true, true, true]);
  assert.deepEqual(pressed.map(({ act, token }) => [act, token]), [
    ["renew", "token of old"],
    ["renew", "of first"],
    ["set", "of second"],
  ]);
  assert.equal(control.run?.id, "second");
});

test("presses for a new run that follow each other quickly make one, as the newest says", async () => {
  const { control, watched, pressed, answers } = pageOf();
  control.take(runOf("old"));
  watched[0].onState({ ...stateOf("old"), begun: true });
  answers.push({ ok: true, run: "next", token: "of next" });
  const renewals = ["9", "10", "11"].map((n) =>
    control.press("renew", { knobs: { n_experts: n }, arms: [] })
  );
  assert.deepEqual(pressed, [], "the next one may follow");
  const outcomes = await Promise.all(renewals);
  assert.deepEqual(outcomes.map(({ run }) => run), ["next", "next", "next"]);
  assert.deepEqual(pressed, [
    { token: "token of old", act: "renew", knobs: { n_experts: "11" }, arms: [] },
  ]);
  watched[1].onState({ ...stateOf("next"), begun: true });
  await control.press("renew", { knobs: { n_experts: "12" } });
  assert.deepEqual(pressed.slice(1).map(({ knobs }) => knobs), [{ n_experts: "12" }]);
});

test("a press that follows one for a new run sends it at once, and is meant for the new run", async () => {
  const { control, watched, pressed, answers } = pageOf(1e9);
  control.take(runOf("old"));
  watched[0].onState({ ...stateOf("old"), begun: true });
  answers.push({ ok: true, run: "next", token: "of next" });
  const renewal = control.press("renew", { knobs: { n_experts: "9" } });
  await Promise.all([control.press("start"), control.press("pause")]);
  assert.equal((await renewal).run, "next");
  assert.deepEqual(pressed.map(({ act, token }) => [act, token]), [
    ["renew", "token of old"],
    ["start", "of next"],
    ["pause", "of next"],
  ]);
});

test("a refused new run lets go on with the old one", async () => {
  const { control, pressed, answers } = pageOf();
  control.take(runOf("old"));
  answers.push({ ok: false, why: "no" });
  await Promise.all([control.press("renew"), control.press("pause")]);
  assert.deepEqual(pressed.map(({ token }) => token), ["token of old", "token of old"]);
});

test("a change that one run has taken is not shown of the next", async () => {
  const { control, watched, answers } = pageOf();
  control.take(runOf("old"));
  watched.at(-1)?.onState({ ...stateOf("old"), ticket: 4, arms: [armOf("1")] });
  answers.push({ ok: true, ticket: 5, step: 9 });
  await control.press("set", { knobs: { top_k: "2" } });
  assert.equal(control.state?.arms[0].knobs.top_k, "2");
  answers.push({ ok: true, run: "next", token: "of next" });
  await control.press("renew");
  watched.at(-1)?.onState({ ...stateOf("next"), ticket: 0, arms: [armOf("1")] });
  assert.equal(control.state?.arms[0].knobs.top_k, "1");
});

/** @param {string} k */
const armOf = (k) => ({ name: "A", knobs: { top_k: k }, starts: { top_k: k } });

test("every press is heard of, also one that waits or that nothing comes of", async () => {
  const { control, answers } = pageOf();
  let heard = 0;
  control.listen({ onPress: () => heard += 1 });
  assert.equal((await control.press("start")).ok, false, "there is no run");
  assert.equal(heard, 1);
  control.take(/** @type {any} */ (runOf("r")));
  answers.push({ ok: false, why: "No." });
  const answered = control.press("set", { knobs: { top_k: "9" } });
  assert.equal(heard, 2);
  await answered;
});

test("a question goes to the run that is shown; its answer is not taken for another run's", async () => {
  const { control, asked, leave } = pageOf();
  assert.equal((await control.ask(["a"])).ok, false, "there is no run");
  control.take(runOf("r", { control: false }));
  assert.deepEqual(await control.ask(["a", "b"]), { ok: true, models: {} });
  assert.deepEqual(asked, [{ token: "token of r", prompts: ["a", "b"] }]);
  const late = control.ask(["a"]);
  control.take(runOf("other"));
  assert.equal((await late).ok, false);
  leave();
});
