// A refusal in the browser calls the knob by its field's label and shows the number as it was typed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { read } from "../../moeviz/ui/components/shared/knob_numbers.js";

/** @type {import("../../moeviz/ui/components/shared/knob_numbers.js").NumberKnob} */
const ALPHA = {
  name: "aux_coefficient",
  label: "B: Balance coefficient α",
  called: "B: Balance coefficient α",
  kind: "float",
  low: 0,
  high: 10,
  multipleOf: 1,
  steps: "1-2-5",
  step: 0.01,
  noneMeans: "none",
  fromNone: 1,
  bound: "a number from 0 to 10",
  help: "",
};

test("a number out of bounds is shown as it was typed, other texts in quotes", () => {
  const got = { "999": "999", " 1e99 ": "1e99", "-0.50": "-0.50", "+11": "+11", "ten": "'ten'" };
  for (const [typed, shown] of Object.entries(got)) {
    const words = `B: Balance coefficient α must be a number from 0 to 10, got ${shown}`;
    assert.deepEqual(read(ALPHA, typed), { ok: false, words });
  }
  const long = read({ ...ALPHA, kind: "int" }, "9".repeat(70));
  assert.match(long.ok ? "" : long.words, /got 9{60}…$/);
});
