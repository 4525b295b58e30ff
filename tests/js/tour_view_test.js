// Which half of Start is shown, at which step, and what a step lights up.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  EXPERIMENT,
  isExperiment,
  keptOf,
  LAST,
  litAt,
  stepOf,
  wayAt,
} from "../../moeviz/ui/components/tour/tour_view.js";

test("a newcomer on the plain address sees the first step", () => {
  assert.equal(stepOf("", true, null), 1);
  assert.equal(stepOf("?embed=true", true, null), 1);
});

test("who has finished or skipped sees the experiment at once, who has not goes on", () => {
  for (const step of [EXPERIMENT, LAST]) assert.equal(stepOf("", true, keptOf(step)), EXPERIMENT);
  for (const step of [1, 2, 3, 4]) assert.equal(stepOf("", true, keptOf(step)), step);
  assert.equal(stepOf("", true, "nonsense"), 1);
});

test("a step in the address is shown, to whoever opens it", () => {
  for (const step of [1, 2, 3, 4, 5]) {
    for (const kept of [null, "done", "2"]) assert.equal(stepOf(`?tour=${step}`, true, kept), step);
  }
  assert.equal(stepOf("?tour=4&run=abc", false, "done"), 4);
});

test("a run, an experiment or a knob in the address opens the experiment", () => {
  for (const search of ["?run=abc", "?preset=rescue", "?experts=16", "?preset=none"]) {
    assert.equal(stepOf(search, true, null), EXPERIMENT);
  }
  assert.equal(stepOf("", false, null), EXPERIMENT); // the page's script knows of one
});

test("a step that there is not is none", () => {
  for (const text of ["0", "6", "1.5", "two", ""]) {
    assert.equal(stepOf(`?tour=${text}`, true, null), 1, text);
    assert.equal(stepOf(`?tour=${text}`, true, "done"), EXPERIMENT, text);
  }
});

test("the last step is the experiment", () => {
  assert.deepEqual([1, 2, 3, 4, 5, EXPERIMENT].filter(isExperiment), [5, EXPERIMENT]);
});

test("each step lights up another part of the picture", () => {
  const lit = [1, 2, 3, 4].map((step) => [...litAt(step, false)].sort().join());
  assert.equal(new Set(lit).size, 4);
  assert.ok(litAt(1, false).has("network") && !litAt(1, false).has("router"));
  assert.ok(litAt(2, false).has("router") && !litAt(2, false).has("gate"));
  assert.ok(!litAt(3, false).has("gate") && litAt(3, true).has("gate"));
});

test("before an expert is tapped the token waits at the router", () => {
  assert.deepEqual(wayAt(3, false), { from: 3, to: 3, network: false });
  assert.equal(wayAt(3, true).to, 8);
  assert.equal(wayAt(2, false).to, 3);
  assert.ok(wayAt(1, false).network);
});
