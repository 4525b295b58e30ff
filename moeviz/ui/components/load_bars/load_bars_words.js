// What the load bars say: names for those who listen, readouts, the caption, the table.

import { fillTable, percent, setAttribute, setText } from "../shared/shared.js";

/** @import { Arm, Data, Layer, View } from "./load_bars.js" */
/** @import { LayerNodes } from "./load_bars_frame.js" */

/** @typedef {(layer: LayerNodes, source: Layer, arm: Arm, a: number, l: number) => void} Visit */

/**
 * @param {Data} data
 * @param {number} layer
 */
export const numberOf = (data, layer) => data.layer_numbers?.[layer] ?? layer;

/**
 * @param {Pick<View, "arms">} view
 * @param {Data} data
 * @param {Visit} visit
 */
function eachLayer(view, data, visit) {
  view.arms.forEach((arm, a) =>
    arm.layers.forEach((layer, l) => visit(layer, data.arms[a].layers[l], data.arms[a], a, l))
  );
}

/**
 * @param {View} view
 * @param {Data} data
 */
export function nameLayers(view, data) {
  eachLayer(view, data, (layer, { load, processed }, arm, _, l) => {
    const place = `${arm.title}, layer ${numberOf(data, l)}`;
    setAttribute(
      layer.picture,
      "aria-label",
      `${place}: ${summary(load, processed, data.dead)}`,
    );
    setAttribute(layer.hits.node, "aria-label", `${place}: choose an expert`);
    layer.hits.buttons.forEach((button, e) =>
      setAttribute(button, "aria-label", `expert ${e}: ${load ? share(load[e]) : "no step yet"}`)
    );
  });
}

/** @param {number} value */
const share = (value) => `${Math.round(value * 100)} %`;

/**
 * @param {number[] | null} load
 * @param {number[] | null} processed
 * @param {number} deadBelow  of an even share
 */
function summary(load, processed, deadBelow) {
  if (!load) return "no step yet";
  const top = load.indexOf(Math.max(...load));
  const dead = load.filter((value) => value < deadBelow / load.length).length;
  const dropped = load.reduce((sum, value, e) => sum + value - (processed?.[e] ?? value), 0);
  return (
    `expert ${top} has the highest load, ${share(load[top])} of the layer's assignments; ` +
    `${dead} of ${load.length} experts are dead; ${share(Math.max(0, dropped))} dropped`
  );
}

/**
 * The share of the expert that is pointed at, or else chosen, beside its layer's name.
 * @param {View} view
 */
export function showReadouts({ arms, data, pointed, chosen }) {
  const place = pointed ?? chosen;
  eachLayer({ arms }, data, (layer, { load, processed }, _, a, l) => {
    const here = place?.arm === a && place.layer === l;
    if (!here || !load || place.expert >= load.length) return setText(layer.readout, "");
    const { expert } = place;
    const lost = load[expert] - (processed?.[expert] ?? load[expert]);
    const more = lost > 1e-6 ? `, ${percent(lost)} dropped` : "";
    return setText(layer.readout, `expert ${expert}: ${percent(load[expert])}${more}`);
  });
}

/** @param {Data} data */
export function captionFor(data) {
  const layers = data.arms.flatMap((arm) => arm.layers);
  const drops = layers.some(({ load, processed }) =>
    load?.some((value, e) => value - (processed?.[e] ?? value) > 1e-6)
  );
  const dead = layers.some(({ load }) => load?.some((value) => value < data.dead / load.length));
  const said =
    `Share of the layer's [assignments](glossary?term=assignment) per expert, averaged over the last ${data.window_steps} steps.`;
  return (
    (data.bare ? "" : said) +
    (drops ? " Hollow: assignments that were dropped, because the expert was full." : "") +
    (dead ? ` Ring: a dead expert, with less than ${share(data.dead)} of an even load.` : "")
  );
}

/**
 * @param {View} view
 * @param {Data} data
 */
export function updateTable(view, data) {
  /** @type {string[][]} */
  const rows = [];
  eachLayer(
    view,
    data,
    (_, { load, processed }, arm, __, l) =>
      (load ?? []).forEach((value, e) =>
        rows.push([
          arm.title,
          `${numberOf(data, l)}`,
          `${e}`,
          share(value),
          share(processed?.[e] ?? value),
        ])
      ),
  );
  fillTable(view.table, "Share of assignments by expert", [
    "Model",
    "Layer",
    "Expert",
    "Routed",
    "Processed",
  ], rows);
}
