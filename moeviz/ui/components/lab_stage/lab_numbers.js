// Every measure of every model's routed layers now, and what each model minimises, as tables.

import { accuracyOf } from "../live_run/pictures.js";
import { el, fillTable, keepCount, number, percent } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {{name: string, label: string, per_layer: boolean, steps: number}} Metric */
/** @typedef {{caption: string, header: string[], rows: string[][]}} Table */

/** @param {{metrics: Metric[]}} first */
export function buildNumbers(first) {
  let data = first;
  const node = el("details", "numbers");
  const scroll = el("div", "scroll");
  node.append(el("summary", "", "All measures now"), scroll);
  /** @type {{node: HTMLTableElement}[]} */
  const shown = [];
  /** @type {RunState | null} */
  let last = null;
  const draw = () => {
    if (!last || !node.open) return;
    const tables = numberTables(last, data.metrics);
    keepCount(scroll, shown, tables.length, () => ({ node: el("table") }));
    tables.forEach(({ caption, header, rows }, i) =>
      fillTable(shown[i].node, caption, header, rows)
    );
  };
  node.addEventListener("toggle", draw);
  return {
    node,
    /** @param {{metrics: Metric[]}} next */
    take(next) {
      data = next;
    },
    /** @param {RunState} state */
    show(state) {
      last = state;
      draw();
    },
  };
}

/**
 * A table of layers for the measures that are taken over equally many steps, then two of models.
 * @param {RunState} state
 * @param {Metric[]} metrics
 * @returns {Table[]}
 */
export function numberTables(state, metrics) {
  const ofLayers = metrics.filter((metric) => metric.per_layer);
  const ofModels = metrics.filter((metric) => !metric.per_layer);
  const spans = [...new Set(ofLayers.map(({ steps }) => steps))];
  return [
    ...spans.map((steps) => byLayer(state, steps, ofLayers.filter((each) => each.steps === steps))),
    byModel(state, ofModels),
    ofUse(state),
  ];
}

/** @param {RunState} state @param {number} steps @param {Metric[]} metrics @returns {Table} */
function byLayer(state, steps, metrics) {
  const rows = state.arms.filter(({ dense }) => !dense).flatMap(({ name, latest }) => {
    const columns = metrics.map((metric) => latest[metric.name] ?? []);
    return columns[0].map((/** @type {any} */ _, /** @type {number} */ layer) => [
      name,
      `${layer}`,
      ...columns.map((values) => number(values[layer])),
    ]);
  });
  return {
    caption: steps > 1 ? `Over the last ${steps} steps, by layer` : "Of the last step, by layer",
    header: ["Model", "Layer", ...metrics.map(({ label }) => label)],
    rows,
  };
}

/** @param {RunState} state @returns {Table} */
function ofUse(state) {
  const stepped = state.arms.filter(({ latest }) => typeof latest.unused_weights === "number");
  return {
    caption: "How well each model predicts held-out text, and which weights no token used",
    header: ["Model", "Next token guessed right", "Stored weights without a token"],
    rows: stepped.map((arm) => {
      const accuracy = accuracyOf(arm);
      return [
        arm.name,
        accuracy === null ? "–" : percent(accuracy),
        percent(arm.latest.unused_weights),
      ];
    }),
  };
}

/** @param {RunState} state @param {Metric[]} metrics @returns {Table} */
function byModel(state, metrics) {
  const stepped = state.arms.filter(({ latest }) => typeof latest.cross_entropy === "number");
  return {
    caption: "What each model minimises, in the last step",
    header: ["Model", "Cross-entropy, nats per token", ...metrics.map(({ label }) => label)],
    rows: stepped.map(({ name, latest }) => [
      name,
      number(latest.cross_entropy),
      ...metrics.map((metric) => number(latest[metric.name])),
    ]),
  };
}
