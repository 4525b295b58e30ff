// What the start page says of the models that learn: true of every knob that can be turned there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { learningWords } from "../../moeviz/ui/components/start_stage/start_words.js";

/** @type {import("../../moeviz/ui/components/start_stage/start_words.js").Learning} */
const LEARNING = {
  methods: {
    none: { words: "without load balancing", strengths: [] },
    switch: { words: "with load balancing", strengths: ["aux_coefficient"] },
    bias_sign: { words: "with a selection bias", strengths: ["bias_update_rate"] },
  },
  symbols: { aux_coefficient: "α", bias_update_rate: "u" },
  knobs: [
    { name: "learning_rate", label: "Learning rate", usual: "0.003", titles: {} },
    {
      name: "drop_policy",
      label: "Drop policy",
      usual: "position",
      titles: { random: "Shuffled" },
    },
  ],
  built: {},
  later: [],
};
const KNOBS = {
  ...{ balancer: "none", aux_coefficient: "0.01", bias_update_rate: "0.003", top_k: "1" },
  ...{ capacity_factor: "none", learning_rate: "0.003", drop_policy: "position" },
};

/** @param {string} name @param {Record<string, string>} [knobs] @param {object} [more] @returns {any} */
const model = (name, knobs = {}, more = {}) => ({
  ...{ name, dense: false, n_experts: 8, knobs: { ...KNOBS, ...knobs } },
  ...more,
});

/** @param {any[]} arms @param {object} [learning] */
const words = (arms, learning = {}) => learningWords(arms, { ...LEARNING, ...learning });

const ON = { balancer: "switch" };

test("the two models of the page's own experiment", () => {
  assert.equal(
    words([model("A"), model("B", ON)]),
    "Two small language models train here, live: equal at the start, on the same text in the same " +
      "order. A trains without load balancing, B with it (α = 0.01). Each has 8 experts and sends " +
      "a token to 1 of them, with no capacity limit.",
  );
});

test("switches are followed in each of their places", () => {
  /** @param {object} a @param {object} b */
  const said = (a, b) => words([model("A", { ...a }), model("B", { ...b })]).split(". ")[1];
  assert.equal(said(ON, {}), "A trains with load balancing (α = 0.01), B without it");
  assert.equal(said({}, {}), "Both train without load balancing");
  assert.equal(said(ON, ON), "Both train with load balancing (α = 0.01)");
  assert.equal(
    said(ON, { ...ON, aux_coefficient: "1.0" }),
    "A trains with load balancing (α = 0.01), B with it (α = 1)",
  );
  assert.equal(
    said({}, { balancer: "bias_sign" }),
    "A trains without load balancing, B with a selection bias (u = 0.003)",
  );
});

test("experts, k and capacity are said once where they agree, else of each model", () => {
  const turned = { top_k: "2", capacity_factor: "1.25" };
  assert.match(
    words([model("A", turned, { n_experts: 4 }), model("B", turned, { n_experts: 4 })]),
    / Each has 4 experts and sends a token to 2 of them, with capacity factor 1\.25\.$/,
  );
  assert.match(
    words([model("A"), model("B", turned)]),
    / A has 8 experts and sends a token to 1 of them, with no capacity limit; B 8 experts and sends a token to 2 of them, with capacity factor 1\.25\.$/,
  );
});

test("other knobs are named where they are not at their defaults", () => {
  const [a, b] = [{ learning_rate: "0.01" }, { learning_rate: "0.01", drop_policy: "random" }];
  const built = { A: ["Layers = 4"], B: ["Layers = 4"] };
  assert.match(
    words([model("A", a), model("B", b)], { built, later: ["At step 9 model B stops."] }),
    / Changed in both: Layers = 4, Learning rate = 0\.01\. Changed in model B: Drop policy = Shuffled\. At step 9 model B stops\.$/,
  );
  const many = { A: ["a", "b", "c", "d", "e", "f"], B: [] };
  assert.match(
    words([model("A"), model("B")], { built: many }),
    / Changed in model A: a, b, c, d, 2 more\.$/,
  );
});

test("models that were built differently are not said to start equal", () => {
  assert.match(
    words([model("A"), model("B", {}, { n_experts: 4 })]),
    /^2 small language models train here, live, on the same text/,
  );
  assert.match(
    words([model("A"), model("B")], { built: { A: [], B: ["Layers = 4"] } }),
    /^2 small/,
  );
});

test("one model alone, and one without a router", () => {
  assert.equal(
    words([model("A", ON)]),
    "A small language model trains here, live. A trains with load balancing (α = 0.01). A has 8 " +
      "experts and sends a token to 1 of them, with no capacity limit.",
  );
  const dense = model("Dense (size)", {}, { dense: true, n_experts: 0 });
  const said = words([model("A"), model("B", ON), dense]);
  assert.match(
    said,
    /^3 small language models train here, live, on the same text.* Dense \(size\) has no router\.$/,
  );
  assert.match(said, / A trains without load balancing, B with it \(α = 0\.01\)\. Each has 8/);
});
