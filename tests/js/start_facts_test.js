// What balance means for a model, under its bars on Start.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accuracyOf } from "../../moeviz/ui/components/live_run/pictures.js";
import { buildFacts } from "../../moeviz/ui/components/start_stage/start_facts.js";
import { fakePage, onPage } from "./fake_page.js";

const WORDS = {
  spread: "[Load spread](glossary?term=effective-experts) as over {{spread}} (layer {{layer}})",
  unused: "{{unused}} unused in {{steps}} steps",
  right: "Right {{right}}",
  untrained: "Nothing learned yet.",
};

/** @param {any} [latest] @param {(number | null)[][]} [accuracy] @param {object} [more] @returns {any} */
const arm = (latest = {}, accuracy = [], more = {}) => ({
  ...{ name: "A", dense: false, n_experts: 16, latest, ...more },
  lines: { stride: 1, columns: { held_out_accuracy: accuracy } },
});
const LATEST = { effective_experts: [15.96, 2.94], unused_weights: 0.412 };

/** @param {any} shown @param {number} layer @param {number} step */
function said(shown, layer, step) {
  const page = fakePage();
  const facts = buildFacts(WORDS, 20);
  const node = onPage(page, facts);
  facts.show(shown, layer, step);
  return node.children.filter(({ hidden }) => !hidden).map(({ textContent }) => textContent);
}

test("the last evaluation counts, as the mean of the domains that it has", () => {
  assert.equal(accuracyOf(arm({}, [[0.1, null, 0.2, null], [0.3, null, 0.6, null]])), 0.4);
  assert.equal(accuracyOf(arm({}, [[0.1, 0.5], [0.3, null]])), 0.5, "one domain lacks it");
  assert.equal(accuracyOf(arm({}, [[null, null]])), null, "a run of an earlier version");
  assert.equal(accuracyOf(arm()), null);
});

test("the sentences have the figures of the layer that the bars show", () => {
  assert.deepEqual(said(arm(LATEST, [[0.31]]), 1, 128), [
    "Load spread as over 2.9 of 16 (layer 1)",
    "41\u202f% unused in 20 steps",
    "Right 31\u202f%",
  ]);
  assert.equal(said(arm(LATEST), 0, 128)[0], "Load spread as over 16.0 of 16 (layer 0)");
});

test("early on, the window has no more steps than the run", () => {
  assert.equal(said(arm(LATEST), 1, 7)[1], "41\u202f% unused in 7 steps");
});

test("at step 0 the model has learned nothing, and there is no figure", () => {
  assert.deepEqual(said(arm(), 1, 0), ["Nothing learned yet."]);
  assert.deepEqual(said(arm(LATEST, [[0.31]]), 1, 0), ["Nothing learned yet."], "led back to it");
});

test("a dense model has no experts to speak of; an unknown accuracy is left out", () => {
  assert.deepEqual(said(arm({}, [[0.25]], { dense: true }), 0, 40), ["Right 25\u202f%"]);
  assert.equal(said(arm(LATEST, [[null]]), 0, 40).length, 2);
});

test("a figure that changes leaves the link of the term where it is", () => {
  const page = fakePage();
  const facts = buildFacts(WORDS, 20);
  const node = onPage(page, facts);
  facts.show(arm(LATEST), 1, 30);
  const [link] = node.tagged("a");
  facts.show(arm({ ...LATEST, effective_experts: [1, 3.5] }), 1, 31);
  assert.equal(node.tagged("a")[0], link);
  assert.match(node.textContent, /as over 3\.5 of 16/);
});
