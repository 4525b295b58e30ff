// A sentence a model, and what a named experiment promises while the run is that experiment.

import assert from "node:assert/strict";
import { test } from "node:test";

import { buildWords } from "../../moeviz/ui/components/lab_stage/lab_words.js";
import { fakePage } from "./fake_page.js";

fakePage();

const NAMED = { run: { experiment: "collapse" }, title: "Collapse", story: "One expert wins." };
const NONE = { run: { experiment: "" }, title: "", story: "" };
const VERDICTS = [
  { claim: "A collapses", outcome: "seen", evidence: "entropy 0.1 at step 90" },
  { claim: "B stays balanced", outcome: "not yet", evidence: "step 90 of 300" },
];
const WORDS = {
  ...{ heading: "Collapsed", sentence: "One expert gets all.", verdict: "collapsed" },
  effective: "Effective experts: 1.0 of 8.",
  measures: "MaxVio: 7.00.",
};

/** @param {Record<string, any>} told */
const state = (told) => /** @type {any} */ ({
  ...{ arms: [], verdicts: [], experiment: "" },
  ...told,
});

/** What is said, when the page says `data`. @param {any} data */
function saying(data) {
  const words = buildWords(data);
  const { models, promises, story } = /** @type {Record<string, any>} */ (words);
  return {
    ...words,
    says: () => models.children.map((/** @type {any} */ { textContent }) => textContent),
    verdicts: () => models.children.map((/** @type {any} */ { dataset }) => dataset.verdict),
    promised: () => promises.children.map((/** @type {any} */ { textContent }) => textContent),
    outcomes: () => promises.children.map((/** @type {any} */ { dataset }) => dataset.outcome),
    told: () => story.textContent,
  };
}

test("each model has its sentence; before a step it is what the model is", () => {
  const { show, says, verdicts } = saying(NONE);
  const arms = [
    { name: "A", words: WORDS, summary: "k = 1" },
    { name: "B", words: null, summary: "k = 2" },
  ];
  show(state({ arms }));
  assert.deepEqual(says(), [
    "A: Collapsed. One expert gets all. Effective experts: 1.0 of 8. MaxVio: 7.00.",
    "B: k = 2 ",
  ]);
  assert.deepEqual(verdicts(), ["collapsed", "none"]);
  show(state({ arms: arms.slice(1) }));
  assert.deepEqual(says(), ["B: k = 2 "]);
});

test("an experiment has its story, and each promise its outcome by a sign and in words", () => {
  const { show, told, promised, outcomes } = saying(NAMED);
  show(state({ experiment: "collapse", verdicts: VERDICTS }));
  assert.equal(told(), "Collapse. One expert wins.");
  assert.deepEqual(promised(), [
    "✓ A collapses: seen (entropy 0.1 at step 90)",
    "… B stays balanced: not yet (step 90 of 300)",
  ]);
  assert.deepEqual(outcomes(), ["seen", "not yet"]);
});

test("a run that a press has made another one promises nothing, until it is the experiment again", () => {
  const { show, told, promised } = saying(NAMED);
  for (const experiment of ["", "top2"]) {
    show(state({ experiment, verdicts: VERDICTS }));
    assert.deepEqual([told(), promised()], ["", []]);
  }
  show(state({ experiment: "collapse", verdicts: VERDICTS }));
  assert.deepEqual([told(), promised().length], ["Collapse. One expert wins.", 2]);
});

test("the page's next experiment takes the place of the one before", () => {
  const { take, show, told } = saying(NAMED);
  take({ run: { experiment: "top2" }, title: "Top 2", story: "Two experts." });
  show(state({ experiment: "top2" }));
  assert.equal(told(), "Top 2. Two experts.");
  take(NONE);
  show(state({ experiment: "top2", verdicts: [] }));
  assert.equal(told(), "");
});
