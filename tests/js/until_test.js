// How long Start trains: what is chosen, what is refused, and how the address and the page agree.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildUntil } from "../../moeviz/ui/components/live_run/until.js";
import table from "../fixtures/knob_texts.json" with { type: "json" };
import { fakeAddress, FakeControl, fakePage, onPage } from "./fake_page.js";

const KNOB = /** @type {any} */ ({
  ...table.knobs[0],
  ...{ label: "Step", called: "Step", kind: "int", low: 1, high: 900, multipleOf: 1 },
  bound: "a whole number from 1 to 900",
});
const DATA = {
  until: "",
  until_never: "never",
  until_kinds: [
    { kind: "", text: "Until paused" },
    { kind: "step", text: "Until a step", value: "300", knob: KNOB },
    { kind: "collapsed", text: "Until collapsed" },
  ],
  parameters: { until: { url: "until", default: "never" } },
  address_reads: 1,
  preset: "",
};

/** The control at an address that the script has read. @param {string} [until] */
function untilAt(until = "") {
  const page = fakePage();
  const at = fakeAddress(until && `?until=${encodeURIComponent(until)}`);
  /** @type {string[]} */
  const heard = [];
  const control = new FakeControl();
  const built = buildUntil(/** @type {any} */ (control), { ...DATA, until }, (text) => {
    heard.push(text);
  });
  const node = onPage(page, built);
  const [kind] = node.tagged("select");
  const [value] = node.tagged("input");
  /** @param {string} name */
  const choose = (name) => {
    kind.value = name;
    kind.fire("change");
  };
  /** @param {string} text */
  const type = (text) => {
    value.value = text;
    value.fire("input");
    value.fire("change");
  };
  const shows = () => [kind.value, value.hidden ? null : value.value];
  return { ...built, control, at, heard, kind, value, choose, type, shows };
}

test("the kinds to choose are those that the page names, and its limit is shown", () => {
  const { kind, shows, text } = untilAt("step:50");
  assert.deepEqual(kind.options.map((each) => [each.value, each.textContent]), [
    ["", "Until paused"],
    ["step", "Until a step"],
    ["collapsed", "Until collapsed"],
  ]);
  assert.deepEqual([shows(), text()], [["step", "50"], "step:50"]);
  assert.deepEqual(untilAt().shows(), ["", null]);
});

test("a chosen limit is in the address, and none leaves it", () => {
  const { at, heard, choose, type, shows } = untilAt();
  choose("step");
  assert.deepEqual([shows(), at.search], [["step", "300"], "?until=step%3A300"]);
  type("25");
  assert.equal(at.search, "?until=step%3A25");
  choose("collapsed");
  assert.deepEqual([shows(), at.search], [["collapsed", null], "?until=collapsed"]);
  choose("");
  assert.equal(at.search, "?preset=none");
  assert.deepEqual(heard, ["step:300", "step:25", "collapsed", ""]);
});

test("a value that is none is refused at its field until it is one, and is no limit", () => {
  const { at, heard, choose, type, value } = untilAt();
  choose("step");
  type("2.5");
  assert.equal(value.getAttribute("aria-invalid"), "true");
  assert.deepEqual([heard, at.search], [["step:300"], "?until=step%3A300"]);
  value.value = "25";
  value.fire("input");
  assert.equal(value.getAttribute("aria-invalid"), "false");
  assert.deepEqual(heard, ["step:300"], "it is still being typed");
  value.fire("change");
  assert.deepEqual([heard, at.search], [["step:300", "step:25"], "?until=step%3A25"]);
});

test("another kind takes the refusal of a value away", () => {
  const { choose, type, value } = untilAt();
  choose("step");
  type("0");
  choose("collapsed");
  assert.equal(value.getAttribute("aria-invalid"), "false");
});

test("another experiment brings its own limit", () => {
  const { take, at, choose, shows, text, heard } = untilAt();
  choose("step");
  at.search = "?preset=rescue"; // as the script has written it
  take({ ...DATA, preset: "rescue" });
  assert.deepEqual([shows(), text(), at.search], [["", null], "", "?preset=rescue"]);
  assert.deepEqual(heard, ["step:300"], "no press of the reader's");
});

test("a link, or back, brings the limit that its address says, or none", () => {
  const { take, at, shows } = untilAt("step:300");
  at.search = "?until=step%3A50";
  take({ ...DATA, until: "step:50", address_reads: 2 });
  assert.deepEqual(shows(), ["step", "50"]);
  at.search = "?seed=3";
  take({ ...DATA, address_reads: 3 });
  assert.deepEqual([shows(), at.search], [["", null], "?seed=3"]);
});

test("the reader's limit stays when the script knows nothing of it, and is in the address again", () => {
  const { control, take, at, choose, type, shows } = untilAt("step:300");
  choose("step");
  type("25");
  type("nonsense");
  at.search = "?until=step%3A300&seed=5"; // as the script has written it
  assert.equal(control.limit?.(), "step:25", "what a new run takes");
  take({ ...DATA, until: "step:300" });
  assert.deepEqual([shows(), at.search], [["step", "nonsense"], "?until=step%3A25&seed=5"]);
  choose("");
  take({ ...DATA, until: "step:300" });
  assert.deepEqual([shows(), at.search], [["", null], "?seed=5"]);
  assert.equal(control.limit?.(), "never");
});

test("of a run that has ended, or may not be controlled, no limit can be chosen", () => {
  const { control, update, kind, value } = untilAt("step:50");
  const disabled = () => {
    update();
    return [kind.disabled, value.disabled];
  };
  assert.deepEqual(disabled(), [false, false]);
  control.state = { state: "finished" };
  assert.deepEqual(disabled(), [true, true]);
  control.state = { state: "paused" };
  control.ready = false;
  assert.deepEqual(disabled(), [true, true]);
});
