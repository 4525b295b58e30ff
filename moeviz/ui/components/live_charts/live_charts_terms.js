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
 * The links stay where nothing has changed, so that focus does.
 * @param {HTMLElement} layer above the canvas
 * @param {Place[]} places
 */
export function showTerms(layer, places) {
  const key = JSON.stringify(places);
  if (layer.dataset.key === key) return;
  layer.dataset.key = key;
  layer.replaceChildren(...places.map(({ id, shown, x, y, width, height }) => {
    const link = termLink(id, shown);
    Object.assign(link.style, {
      left: `${x}px`,
      top: `${y}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    return link;
  }));
}
