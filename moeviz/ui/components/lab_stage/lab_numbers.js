// Every measure of every model's routed layers now, and what each model minimises, as a table.

import { el, fillTable, number } from "../shared/shared.js";

/** @typedef {import("../channel/run_state.js").RunState} RunState */

/** @type {Record<string, string>} */
const MEASURES = {
  normalised_entropy: "Normalised entropy",
  max_violation: "MaxVio",
  load_cv: "Coefficient of variation",
  max_over_mean: "Max ÷ mean",
  dead_experts: "Dead experts",
  dropped_fraction: "Dropped",
  load_balancing_loss: "Load-balancing loss",
  router_z_loss: "Router z-loss",
};

export function buildNumbers() {
  const node = el("details", "numbers");
  const scroll = el("div", "scroll");
  const table = el("table");
  const sums = el("table");
  scroll.append(table, sums);
  node.append(el("summary", "", "All measures now"), scroll);
  /** @type {RunState | null} */
  let last = null;
  const draw = () => {
    if (!last || !node.open) return;
    const rows = last.arms.flatMap((arm) =>
      arm.dense || !arm.latest.normalised_entropy ? [] : arm.latest.normalised_entropy.map((
        /** @type {number} */ _,
        /** @type {number} */ layer,
      ) => [
        arm.name,
        `${layer}`,
        ...Object.keys(MEASURES).map((name) => number(arm.latest[name][layer])),
      ])
    );
    fillTable(
      table,
      "Of the last steps, by layer",
      ["Model", "Layer", ...Object.values(MEASURES)],
      rows,
    );
    const losses = last.arms.filter((arm) => typeof arm.latest.cross_entropy === "number").map((
      arm,
    ) => [
      arm.name,
      number(arm.latest.cross_entropy),
      number(arm.latest.auxiliary_loss),
    ]);
    fillTable(sums, "What each model minimises, in the last step", [
      "Model",
      "Cross-entropy, nats",
      "Auxiliary loss, scaled",
    ], losses);
  };
  node.addEventListener("toggle", draw);
  return {
    node,
    /** @param {RunState} state */
    show(state) {
      last = state;
      draw();
    },
  };
}
