// Links over the titles of rows: the canvas paints the words, a link explains the term among them.

import { termLink } from "../shared/term.js";

/** @import { Row } from "./live_charts_model.js" */
/** @import { Title } from "./live_charts_rows.js" */
/** @import { Measure } from "./live_charts_text.js" */

/** @typedef {{id: string, shown: string, x: number, y: number, width: number, height: number}} Place */

/**
 * Where the term of each title stands; none where the title is cut before its end.
 * @param {readonly {row: Row, title: Title}[]} rows
 * @param {Measure} measure
 * @returns {Place[]}
 */
export function termPlaces(rows, measure) {
  return rows.flatMap(({ row: { term }, title: { text, box } }) => {
    const from = term ? text.indexOf(term.shown) : -1;
    if (!term || from < 0) return [];
    const x = box.x + measure(text.slice(0, from));
    return [{ ...term, x, y: box.y, width: measure(term.shown), height: box.height }];
  });
}

/**
 * A link stays the same node while its term is shown, wherever that moves: a bubble hangs on it.
 * @param {HTMLElement} layer above the canvas
 * @param {Place[]} places
 */
export function showTerms(layer, places) {
  const key = JSON.stringify(places.map(({ id, shown }) => [id, shown]));
  if (layer.dataset.key !== key) {
    layer.dataset.key = key;
    layer.replaceChildren(...places.map(({ id, shown }) => termLink(id, shown)));
  }
  places.forEach(({ x, y, width, height }, i) => {
    const { style } = /** @type {HTMLElement} */ (layer.children[i]);
    const box = { left: x, top: y, width, height };
    for (const [side, pixels] of Object.entries(box)) style.setProperty(side, `${pixels}px`);
  });
}
