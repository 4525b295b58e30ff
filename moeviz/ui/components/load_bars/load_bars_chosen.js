// The expert that a reader points at or has chosen: one of one layer of one model.

import { numberOf, showReadouts } from "./load_bars_words.js";
import { setAttribute } from "../shared/shared.js";

/** @import { View } from "./load_bars.js" */
/** @import { Place } from "./load_bars_frame.js" */

/**
 * Choose an expert; the chosen one again: none.
 * @param {View} view
 * @param {Place} place
 */
export function choose(view, place) {
  view.chosen = same(view.chosen, place) ? null : place;
  show(view);
  const { arm, layer, expert } = place;
  view.select({ arm: view.data.arms[arm].name, layer: numberOf(view.data, layer), expert });
}

/**
 * @param {View} view
 * @param {Place | null} place
 */
export function point(view, place) {
  view.pointed = place;
  show(view);
}

/** @param {Place | null} one @param {Place} other */
const same = (one, { arm, layer, expert }) =>
  one?.arm === arm && one.layer === layer && one.expert === expert;

/**
 * The expert stands out among those of its own layer: with experts of other layers and models it
 * shares no more than a number.
 * @param {View} view
 */
function show(view) {
  const place = view.pointed ?? view.chosen;
  view.arms.forEach((arm, a) =>
    arm.layers.forEach((layer, l) => {
      const within = place?.arm === a && place.layer === l;
      layer.bars.forEach((bar, e) => {
        bar.group.classList.toggle("dimmed", within && place.expert !== e);
        const chosen = same(view.chosen, { arm: a, layer: l, expert: e });
        setAttribute(layer.hits.buttons[e], "aria-pressed", chosen);
      });
    })
  );
  showReadouts(view);
}
