// Knobs of the running models: what they show while presses wait, and whose values they set.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildKnobs } from "../../moeviz/ui/components/live_run/knobs.js";
import table from "../fixtures/knob_texts.json" with { type: "json" };
import { FakeControl, fakePage, onPage } from "./fake_page.js";

/** @typedef {import("./fake_page.js").FakeElement} FakeElement */

const NO = { ok: false, why: "No." };
const EXPERTS = {
  ...table.knobs[0],
  choices: [],
  restarts: false,
  note: "how many",
};
const POLICY = {
  ...{ name: "policy", label: "Drop policy", kind: "choice", help: "", restarts: false, note: "" },
  choices: [["position", "Latest first"], ["random", "Shuffled"]],
};

/** A model of a run. @param {string} name @param {Record<string, string>} knobs @param {any} [more] */
const arm = (name, knobs, more = {}) => ({
  ...{ name, dense: false, knobs, starts: knobs, ignored: {}, usual: {}, scheduled: [] },
  ...more,
});

/** @param {any[]} arms @param {string} [run] */
const stateOf = (arms, run = "r") => ({ run, arms });

/** @param {string} a @param {string} [b] */
const experts = (a, b = a) => stateOf([arm("A", { experts: a }), arm("B", { experts: b })]);

/** Knobs on a page of their own. @param {any} state @param {any} [knob] @param {boolean} [linked] */
function knobs(state, knob = EXPERTS, linked = false) {
  const page = fakePage();
  const control = new FakeControl();
  control.state = state;
  const built = buildKnobs(/** @type {any} */ (control), [knob], { linked });
  const node = onPage(page, built);
  built.update();
  /** @param {any} next */
  const hears = (next) => {
    control.state = next;
    built.update();
  };
  return { control, built, node, hears, inputs: node.all("knob-input").map(field) };
}

/** An input with what its reader does and sees. @param {FakeElement} node */
function field(node) {
  const [input] = [...node.tagged("input"), ...node.tagged("select")];
  return {
    node,
    input,
    /** @param {string} text */
    enter(text) {
      input.value = text;
      input.fire("input");
      input.fire("keydown", { key: "Enter" });
    },
    more: () => node.one("more").click(),
    /** Value, whether it waits, and the refusal below it. */
    get seen() {
      return [input.value, input.getAttribute("aria-busy"), node.one("refusal").textContent];
    },
    get label() {
      return node.tagged("label")[0].textContent;
    },
    /** What listeners hear it called. */
    get name() {
      return input.getAttribute("aria-label");
    },
    get mark() {
      return node.one("mark").textContent;
    },
    get note() {
      return node.one("note").textContent;
    },
  };
}

test("a knob shows the models' value, its label and its note", () => {
  const { node, inputs: [one] } = knobs(experts("8"));
  assert.deepEqual(one.seen, ["8", "false", ""]);
  assert.equal(one.label, "Experts");
  assert.equal(node.one("knob").dataset.knob, "experts");
  assert.equal(node.one("knob").children[1].textContent, "how many");
});

test("where the models differ, the note says each one's value", () => {
  const { node, inputs: [one], hears } = knobs(experts("8", "4"));
  assert.equal(one.seen[0], "8");
  const note = node.one("knob").children[1];
  assert.equal(note.textContent, "A: 8, B: 4");
  hears(experts("4"));
  assert.deepEqual([one.seen[0], note.textContent], ["4", "how many"]);
});

test("the value in force is shown, and before there is one that which the model starts with", () => {
  const { inputs: [one], hears } = knobs(stateOf([arm("A", {}, { starts: { experts: "16" } })]));
  assert.equal(one.seen[0], "16");
  hears(stateOf([arm("A", { experts: "4" }, { starts: { experts: "16" } })]));
  assert.equal(one.seen[0], "4");
});

test("a model without a router has no say", () => {
  const { inputs: [one] } = knobs(
    stateOf([arm("dense", { experts: "2" }, { dense: true }), arm("A", { experts: "8" })]),
  );
  assert.equal(one.seen[0], "8");
});

test("a press goes to all models and waits for its answer", async () => {
  const { control, inputs: [one], hears } = knobs(experts("8"));
  one.enter("16");
  assert.deepEqual(control.said, [["set", { knobs: { experts: "16" }, arms: [] }]]);
  hears(experts("8")); // a record from before the press
  assert.deepEqual(one.seen, ["16", "true", ""]);
  control.state = experts("16");
  await control.pressed[0].answer({ ok: true, step: 9 });
  assert.deepEqual(one.seen, ["16", "false", ""]);
});

test("a refused press leaves its words at its field, until another is made", async () => {
  const { control, inputs: [one], hears } = knobs(experts("8"));
  one.enter("16");
  await control.pressed[0].answer(NO);
  assert.deepEqual(one.seen, ["8", "false", "No."]);
  hears(experts("8"));
  assert.deepEqual(one.seen, ["8", "false", "No."]);
  assert.equal(one.input.getAttribute("aria-invalid"), "true");
  one.enter("12");
  assert.deepEqual(one.seen, ["12", "true", ""]);
});

test("once something else is pressed, no field shows what was refused", async () => {
  const { control, built, inputs: [one, b] } = knobs(experts("8", "4"), EXPERTS, true);
  one.enter("16");
  await control.pressed[0].answer(NO);
  b.enter("1e3");
  built.settle();
  assert.deepEqual(one.seen, ["8", "false", ""]);
  assert.equal(b.seen[0], "4");
  assert.match(b.seen[2] ?? "", /got '1e3'$/);
  built.settle();
  assert.deepEqual(b.seen, ["4", "false", ""]);
});

test("a text that is no value is refused at the field and never pressed", () => {
  const { control, inputs: [one] } = knobs(experts("8"));
  one.enter("1e3");
  const words = "Experts must be a whole number from 2 to 64, got '1e3'";
  assert.deepEqual(one.seen, ["1e3", "false", words]);
  assert.deepEqual(control.said, []);
});

test("presses one after the other are all made, and the newest is shown", async () => {
  const { control, inputs: [one], hears } = knobs(experts("8"));
  for (let i = 0; i < 3; i++) one.more();
  assert.deepEqual(control.said.map(([, more]) => more.knobs.experts), ["9", "10", "11"]);
  await control.pressed[0].answer({ ok: true });
  hears(experts("9"));
  assert.deepEqual(one.seen, ["11", "true", ""]);
  await control.pressed[2].answer({ ok: true });
  assert.equal(one.seen[1], "true", "the second one still waits");
  control.state = experts("11");
  await control.pressed[1].answer({ ok: true });
  assert.deepEqual(one.seen, ["11", "false", ""]);
});

test("a refusal of an earlier press is not said of the newest", async () => {
  const { control, inputs: [one] } = knobs(experts("8"));
  one.enter("16");
  one.enter("12");
  control.state = experts("12");
  await control.pressed[1].answer({ ok: true });
  await control.pressed[0].answer(NO);
  assert.deepEqual(one.seen, ["12", "false", ""]);
});

test("a knob that needs a new run asks for one, and shows its value until that is told of", async () => {
  const restarting = { ...EXPERTS, restarts: true };
  const { control, inputs: [one], hears } = knobs(experts("8"), restarting);
  one.enter("16");
  assert.deepEqual(control.said, [["renew", { knobs: { experts: "16" }, arms: [] }]]);
  control.run = { id: "new", control: true };
  await control.pressed[0].answer({ ok: true, run: "new", token: "t" });
  hears(experts("8")); // still the old run's
  assert.deepEqual(one.seen, ["16", "false", ""]);
  hears({ ...experts("16"), run: "new" });
  hears({ ...experts("20"), run: "new" }); // somebody else's press
  assert.equal(one.seen[0], "20");
});

test("a new run's value is not shown of a third one", async () => {
  const restarting = { ...EXPERTS, restarts: true };
  const { control, inputs: [one], hears } = knobs(experts("8"), restarting);
  one.enter("16");
  control.run = { id: "new", control: true };
  await control.pressed[0].answer({ ok: true, run: "new", token: "t" });
  control.run = { id: "third", control: true };
  hears(experts("8"));
  assert.equal(one.seen[0], "8");
});

test("nothing can be entered without a state or the right to control", () => {
  const { control, inputs: [one], hears } = knobs(null);
  assert.equal(one.input.disabled, true);
  hears(experts("8"));
  assert.equal(one.input.disabled, false);
  control.ready = false;
  hears(experts("8"));
  assert.equal(one.input.disabled, true);
  one.more();
  assert.deepEqual(control.said, []);
});

test("a knob that no model reads says why and is disabled", () => {
  const unread = { ignored: { experts: "nothing balances" } };
  const { inputs: [one], hears } = knobs(
    stateOf([arm("A", { experts: "8" }, unread), arm("B", { experts: "8" }, unread)]),
  );
  assert.deepEqual([one.note, one.input.disabled], ["No effect: nothing balances.", true]);
  hears(stateOf([arm("A", { experts: "8" }, unread), arm("B", { experts: "8" })]));
  assert.deepEqual([one.note, one.input.disabled], ["", false]);
  hears(stateOf([]));
  assert.equal(one.note, "");
});

test("what others train with stands at a strength that is another, until it is theirs", () => {
  const usual = (/** @type {string} */ words) => ({ usual: { experts: words } });
  const { inputs: [one], hears } = knobs(
    stateOf([arm("A", { experts: "8" }, usual("Usual with X: 2.")), arm("B", { experts: "8" })]),
  );
  assert.deepEqual([one.note, one.input.disabled], ["Usual with X: 2.", false]);
  hears(stateOf([
    arm("A", { experts: "8" }, usual("Usual with X: 2.")),
    arm("B", { experts: "8" }, usual("Usual with X: 2.")),
  ]));
  assert.equal(one.note, "Usual with X: 2.");
  hears(experts("2"));
  assert.equal(one.note, "");
});

test("experts that a dense baseline is as wide as cannot be changed here", () => {
  const dense = stateOf([arm("A", { experts: "8" }), arm("dense", {}, { dense: true })]);
  const { inputs: [fixed] } = knobs(dense, { ...EXPERTS, restarts: true });
  assert.equal(fixed.input.disabled, true);
  assert.match(fixed.note, /^A dense baseline is as wide as this run's experts/);
  const { inputs: [live] } = knobs(dense);
  assert.deepEqual([live.input.disabled, live.note], [false, ""]);
});

test("a choice is set by its value and goes back where it is refused", async () => {
  const state = stateOf([arm("A", { policy: "position" })]);
  const { control, inputs: [one] } = knobs(state, POLICY);
  assert.equal(one.input.value, "position");
  one.input.value = "random";
  one.input.fire("change");
  assert.deepEqual(control.said, [["set", { knobs: { policy: "random" }, arms: [] }]]);
  assert.deepEqual(one.seen, ["random", "true", ""]);
  await control.pressed[0].answer(NO);
  assert.deepEqual(one.seen, ["position", "false", "No."]);
});

/** A knob that B can be set apart on. @param {any} state */
function pair(state) {
  const made = knobs(state, EXPERTS, true);
  const [a, b] = made.inputs;
  return { ...made, a, b, link: made.node.one("link"), apart: () => made.node.one("pair") };
}

test("models alike have one field, which sets both", () => {
  const { control, a, b, link } = pair(experts("8"));
  assert.deepEqual([a.label, b.node.hidden], ["Experts", true]);
  assert.deepEqual([link.textContent, link.getAttribute("aria-pressed")], ["A = B", "false"]);
  assert.equal(link.getAttribute("aria-label"), "Experts: set model B separately");
  a.enter("16");
  assert.deepEqual(control.said, [["set", { knobs: { experts: "16" }, arms: [] }]]);
});

test("set apart, each model has a field that sets it alone, and nothing is pressed by that", () => {
  const { control, a, b, link, apart } = pair(experts("8"));
  link.click();
  assert.deepEqual(control.said, []);
  assert.ok(apart().classList.contains("apart"));
  assert.deepEqual([a.name, b.name, b.node.hidden], ["A: Experts", "B: Experts", false]);
  assert.deepEqual([a.label, b.label], ["Experts", ""], "one label in full, over both");
  assert.deepEqual([a.mark, b.mark], ["A", "B"]);
  assert.deepEqual([link.textContent, link.getAttribute("aria-pressed")], ["same for B", "true"]);
  assert.equal(link.getAttribute("aria-label"), "Experts: give model B the value of A");
  b.enter("16");
  a.enter("4");
  assert.deepEqual(control.said, [
    ["set", { knobs: { experts: "16" }, arms: ["B"] }],
    ["set", { knobs: { experts: "4" }, arms: ["A"] }],
  ]);
});

test("models with different values are apart, and show each its own", () => {
  const { a, b, link, hears } = pair(experts("8", "4"));
  assert.deepEqual([a.seen[0], b.seen[0], b.node.hidden], ["8", "4", false]);
  assert.equal(link.getAttribute("aria-pressed"), "true");
  hears(experts("8"));
  assert.deepEqual([a.name, a.mark, b.node.hidden], ["Experts", "", true]);
});

test("the same for B gives it A's value and has one field again", async () => {
  const { control, b, link, hears } = pair(experts("8", "4"));
  link.click();
  assert.deepEqual(control.said, [["set", { knobs: { experts: "8" }, arms: ["B"] }]]);
  assert.deepEqual(b.seen, ["8", "true", ""]);
  await control.pressed[0].answer({ ok: true });
  hears(experts("8"));
  assert.equal(b.node.hidden, true);
});

test("the same for B, refused, says why at B's field and leaves it apart", async () => {
  const { control, b, link } = pair(experts("8", "4"));
  link.click();
  await control.pressed[0].answer(NO);
  assert.deepEqual([b.node.hidden, ...b.seen], [false, "4", "false", "No."]);
});

test("models that were set apart at one value are joined by one press", () => {
  const { b, link } = pair(experts("8"));
  link.click();
  link.click();
  assert.equal(b.node.hidden, true);
});

test("what a schedule will change is apart from the start, and stays so when it has changed", () => {
  const scheduled = (/** @type {string} */ b) =>
    stateOf([
      arm("A", { experts: "8" }, { ignored: { experts: "nobody reads it" } }),
      arm("B", { experts: b }, { scheduled: ["experts"] }),
    ]);
  const { a, b, hears } = pair(scheduled("8"));
  const seen = () => [a.mark, a.note, b.node.hidden, b.note];
  const before = seen();
  assert.deepEqual(before, ["A", "No effect on A: nobody reads it.", false, ""]);
  hears(scheduled("4"));
  assert.deepEqual(seen(), before);
});

test("why neither of two fields has an effect is said once", () => {
  const unread = { ignored: { experts: "nobody reads it" } };
  const { a, b } = pair(
    stateOf([arm("A", { experts: "8" }, unread), arm("B", { experts: "4" }, unread)]),
  );
  assert.deepEqual([a.note, b.note], ["No effect: nobody reads it.", ""]);
  assert.deepEqual([a.input.disabled, b.input.disabled], [true, true]);
});

test("what a schedule will change is joined by a press, until the change sets it apart", () => {
  const scheduled = (/** @type {string} */ b) =>
    stateOf([arm("A", { experts: "8" }), arm("B", { experts: b }, { scheduled: ["experts"] })]);
  const { b, link, hears } = pair(scheduled("8"));
  link.click();
  hears(scheduled("8"));
  assert.equal(b.node.hidden, true);
  hears(scheduled("4"));
  assert.equal(b.node.hidden, false);
});

test("a dense baseline follows A where B is apart", () => {
  const dense = arm("dense", {}, { dense: true });
  const { control, a } = pair(stateOf([...experts("8", "4").arms, dense]));
  a.enter("6");
  assert.deepEqual(control.said[0][1].arms, ["A", "dense"]);
});

test("with one model there is nothing to set apart", () => {
  const { a, link, hears } = pair(stateOf([arm("A", { experts: "8" })]));
  assert.deepEqual([link.hidden, a.label], [true, "Experts"]);
  hears(experts("8"));
  assert.equal(link.hidden, false);
});
