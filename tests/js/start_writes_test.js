// What the models write on Start: when the page asks, and what it shows.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  buildWrites,
  due,
  keyOf,
  readable,
  stepsOf,
} from "../../moeviz/ui/components/start_stage/start_writes.js";
import { fakePage, onPage } from "./fake_page.js";

const DATA = {
  ...{ prompts: ["2 + 2 =", "def "], every: 25, most: 64, title: "Now", own: "Your own line" },
  ...{ untrained: "Nothing learned yet.", soon: "Soon.", at: "At step {{steps}}." },
};
const NOTHING = { step: 0, key: "" };

/** @param {number} step @param {object} [more] @returns {any} */
const state = (step, more = {}) => ({
  ...{ run: "r", revision: 0, step, state: "running", trains: true, atRest: true },
  arms: [{ name: "A", knobs: { top_k: "1" } }, { name: "B", knobs: { top_k: "1" } }],
  ...more,
});
/** @param {number} step @param {object} [more] */
const paused = (step, more = {}) => state(step, { state: "paused", trains: false, ...more });

/** A page that shows a run, whose questions a test answers. @param {string | null} [line] kept */
function pageOf(line = null) {
  const document = fakePage();
  Object.assign(document, { hidden: false });
  const kept = new Map(line === null ? [] : [["moeviz.own-line", line]]);
  const storage = {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value),
  };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  /** @type {{prompts: string[], answer: (outcome: any) => Promise<void>}[]} */
  const asked = [];
  const control = {
    status: "open",
    /** @type {any} */
    state: null,
    /** @param {string[]} prompts */
    ask: (prompts) =>
      new Promise((resolve) => {
        const answer = async (/** @type {any} */ outcome) => {
          resolve(outcome);
          await new Promise((later) => setTimeout(later));
        };
        asked.push({ prompts, answer });
      }),
  };
  const writes = buildWrites(/** @type {any} */ (control), DATA);
  const node = onPage(document, writes);
  /** @param {any} next */
  const show = (next) => {
    control.state = next;
    writes.show(next);
  };
  return { document, control, asked, writes, node, show, kept };
}

/** @param {number} step @param {string[]} texts of each model */
const written = (step, texts) => ({
  ok: true,
  models: Object.fromEntries(["A", "B"].map((arm) => [arm, texts.map((text) => [step, text])])),
});

/** @param {any} node */
const texts = (node) => node.all("text").map((/** @type {any} */ each) => each.textContent);

test("while it trains it is time every 25 steps, and after a rewind", () => {
  const at = (/** @type {number} */ step) => ({ step, key: "k" });
  assert.equal(due(state(24), NOTHING, "k", 25), false);
  assert.equal(due(state(25), NOTHING, "k", 25), true);
  assert.equal(due(state(49), at(25), "k", 25), false);
  assert.equal(due(state(50), at(25), "k", 25), true);
  assert.equal(due(state(10), at(300), "k", 25), true);
});

test("at rest it is time once; before the first step and while steps are repeated never", () => {
  assert.equal(due(paused(30), { step: 25, key: "other" }, "k", 25), true);
  assert.equal(due(paused(30), { step: 30, key: "k" }, "k", 25), false);
  assert.equal(due(paused(0), NOTHING, "k", 25), false);
  assert.equal(due(state(0), NOTHING, "k", 25), false);
  assert.equal(due(paused(30, { state: "pausing" }), NOTHING, "k", 25), false);
  assert.equal(due(paused(30, { atRest: false }), NOTHING, "k", 25), false);
  assert.equal(due(state(90, { state: "recovering" }), NOTHING, "k", 25), false);
});

test("a knob that is turned at rest changes what an answer depends on, a rate does not", () => {
  const other = { arms: [{ name: "A", knobs: { top_k: "2" } }] };
  assert.notEqual(keyOf(paused(30), ["a"]), keyOf(paused(30, other), ["a"]));
  assert.notEqual(keyOf(paused(30), ["a"]), keyOf(paused(30, { revision: 1 }), ["a"]));
  assert.notEqual(keyOf(paused(30), ["a"]), keyOf(paused(30), ["a", "b"]));
  assert.equal(keyOf(paused(30), ["a"]), keyOf(paused(30, { rate: 7 }), ["a"]));
});

test("what a model writes is shown on one line, and nothing turns the text around", () => {
  assert.equal(readable("a\n\tb"), "a↵⇥b");
  assert.equal(readable("a\u0000\u202eb\u2067"), "a\ufffd\ufffdb\ufffd");
  assert.equal(readable("Ω 🙂 é"), "Ω 🙂 é");
});

test("one step or the first and the last are named", () => {
  assert.equal(stepsOf([118, 118]), "118");
  assert.equal(stepsOf([1200, 1202, 1201]), "1,200 to 1,202");
});

test("one question at a time, each 25 steps after the last, and one more at rest", async () => {
  const { asked, node, show } = pageOf();
  show(state(24));
  assert.equal(asked.length, 0);
  assert.equal(node.one("said-of-texts").textContent, "Soon.");
  show(state(26));
  show(state(60));
  assert.equal(asked.length, 1, "the first is still under way");
  assert.deepEqual(asked[0].prompts, DATA.prompts);
  await asked[0].answer(written(27, [" 4", "f"]));
  assert.equal(asked.length, 2, "34 steps have passed");
  await asked[1].answer(written(61, [" 5", "g"]));
  show(state(84));
  show(paused(84));
  assert.equal(asked.length, 3);
  await asked[2].answer(written(84, [" 6", "h"]));
  show(paused(84));
  assert.equal(asked.length, 3);
  assert.deepEqual(texts(node), ["“ 6”", "“h”", "“ 6”", "“h”"]);
  assert.equal(node.one("said-of-texts").textContent, "At step 84.");
});

test("a refusal leaves the last texts with their step, and the next 25 steps ask again", async () => {
  const { asked, node, show, writes } = pageOf();
  show(state(25));
  await asked[0].answer(written(25, [" 4", "f"]));
  show(state(50));
  await asked[1].answer({ ok: false, why: "Too many questions." });
  show(state(51));
  assert.equal(asked.length, 2);
  assert.deepEqual(texts(node), ["“ 4”", "“f”", "“ 4”", "“f”"]);
  assert.equal(node.one("said-of-texts").textContent, "At step 25.");
  show(state(75));
  assert.equal(asked.length, 3);
  writes.end();
});

test("nothing is asked while nobody sees the page or the channel is gone", () => {
  const { asked, document, control, show } = pageOf();
  Object.assign(document, { hidden: true });
  show(state(100));
  Object.assign(document, { hidden: false });
  control.status = "lost";
  show(state(101));
  assert.equal(asked.length, 0);
  control.status = "open";
  show(state(102));
  assert.equal(asked.length, 1);
});

test("at step 0 nothing was learned, and texts of another run or of later steps go", async () => {
  const { asked, node, show, writes } = pageOf();
  show(paused(0));
  assert.equal(node.one("said-of-texts").textContent, "Nothing learned yet.");
  assert.deepEqual(texts(node), ["…", "…", "…", "…"]);
  show(state(25));
  await asked[0].answer(written(25, [" 4", "f"]));
  show(paused(0, { revision: 1 }));
  assert.deepEqual(texts(node), ["…", "…", "…", "…"]);
  show(state(25, { run: "other" }));
  assert.equal(asked.length, 2);
  show(state(26, { run: "third" }));
  await asked[1].answer(written(25, ["of the other", "run"]));
  assert.deepEqual(texts(node), ["…", "…", "…", "…"]);
  writes.end();
});

test("the visitor's line is kept in this browser and asked about at once, as text", async () => {
  const { asked, node, show, kept } = pageOf();
  show(state(25));
  await asked[0].answer(written(25, [" 4", "f"]));
  const [input] = node.tagged("input");
  input.value = "<b>me</b> ";
  input.fire("change");
  assert.equal(kept.get("moeviz.own-line"), "<b>me</b> ");
  assert.deepEqual(asked[1].prompts, [...DATA.prompts, "<b>me</b> "]);
  await asked[1].answer(written(26, [" 4", "f", "<i>too</i>"]));
  assert.deepEqual(texts(node).slice(0, 3), ["“ 4”", "“f”", "“<i>too</i>”"]);
  assert.deepEqual(node.tagged("b").length + node.tagged("i").length, 0);
  assert.match(node.textContent, /“<b>me<\/b> ” →/);
  input.value = "";
  input.fire("change");
  assert.deepEqual(asked[2].prompts, DATA.prompts);
});

test("a line that was kept is asked about from the start, cut to what is allowed", () => {
  const { asked, show, node } = pageOf("x".repeat(80));
  assert.equal(node.tagged("input")[0].value, "x".repeat(64));
  show(paused(30));
  assert.deepEqual(asked[0].prompts, [...DATA.prompts, "x".repeat(64)]);
});
