// Bars of the share of assignments by expert: a column for each arm, a row for each layer.
//
// The frame is built once for a shape (arms, layers, experts); every later call moves the same
// nodes by CSS transitions. Selecting an expert is the only thing that Python hears of.

import { choose, point } from "./load_bars_chosen.js";
import { build } from "./load_bars_frame.js";
import { captionFor, nameLayers, showReadouts, updateTable } from "./load_bars_words.js";
import { pictureDrawn } from "../shared/first_picture.js";
import { adoptStyles, exactPercent, percent, setAttribute, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";

/** @import { Component, Root } from "../shared/shared.js" */
/** @import { LayerNodes, Place, React } from "./load_bars_frame.js" */

/**
 * Fractions of the layer's T·K assignments, one an expert; null before the first step.
 * @typedef {{load: number[] | null, processed: number[] | null}} Layer
 */

/**
 * @typedef {object} Arm
 * @property {string} name
 * @property {string} title
 * @property {string} subtitle
 * @property {Layer[]} layers  none: a dense arm
 * @property {number} n_experts
 * @property {number | null} capacity_share  null: dropless
 */

/**
 * @typedef {object} Data
 * @property {Arm[]} arms
 * @property {string[]} colours
 * @property {number} dead  of the fair share: below it an expert is dead
 * @property {number} window_steps
 * @property {string} placeholder
 * @property {number[]} [layer_numbers]  where the layers do not begin at 0
 * @property {number} [height]  of one layer's bars, in pixels
 * @property {boolean} [bare]  whether the caller draws titles and caption
 */

/** @typedef {ReturnType<typeof makeView>} View */

const SCALES = [0.05, 0.1, 0.25, 0.5, 1];
const ROOM_TO_SHRINK = 0.8; // of the lower scale: what touches its top must not bring it back
const UPDATES_TO_SHRINK = 15; // about three seconds of a running model
const LABELLED_OVER_FAIR = 1.5;
const MOST_LABELS = 3;
const LABEL_WIDTH = 30;
const LINE_OF_TEXT = 13;
const WORDS_EVERY_MS = 1000;

/** @param {Component<Data>} component */
export default async function loadBars({ data, parentElement, setTriggerValue }) {
  await adoptStyles(parentElement, new URL("load_bars.css", import.meta.url));
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".load-bars");
  if (!root) return undefined;
  drawLoadBars(root, data, (chosen) => setTriggerValue("expert", chosen));
  return undefined; // nothing outlives the nodes
}

/**
 * Draw or update the bars inside a node.
 * @param {Root<View>} root
 * @param {Data} data
 * @param {(chosen: object) => void} [select]
 */
export function drawLoadBars(root, data, select = () => {}) {
  const shape = JSON.stringify([
    data.arms.map((arm) => [arm.layers.length, arm.n_experts]),
    data.layer_numbers,
  ]);
  if (root.view?.shape !== shape) root.view = makeView(root, data, shape);
  root.view.select = select;
  update(root.view, data);
  pictureDrawn();
}

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @param {string} shape
 */
function makeView(root, data, shape) {
  /** @type {React} */
  const react = { choose: (place) => choose(view, place), point: (place) => point(view, place) };
  const nodes = build(root, data, react);
  const view = {
    ...nodes,
    ...{ shape, data },
    scale: 0,
    low: 0, // updates since which a lower scale would do
    plotWidth: 0,
    chosen: /** @type {Place | null} */ (null),
    pointed: /** @type {Place | null} */ (null),
    unsaid: false,
    speaking: /** @type {ReturnType<typeof setTimeout> | null} */ (null),
    select: /** @type {(chosen: object) => void} */ (() => {}),
  };
  return view;
}

/**
 * @param {View} view
 * @param {Data} data
 */
function update(view, data) {
  view.data = data;
  view.scale = scaleFor(view, data);
  view.grid.classList.toggle("capped", data.arms.some((arm) => capped(arm, view.scale)));
  const loaded = data.arms.some(({ layers }) => layers.some(({ load }) => load));
  const plots = view.arms.flatMap(({ layers }) => layers);
  // The width is for labels alone: asking for it makes the browser lay out the whole page.
  view.plotWidth = loaded ? plots[0]?.picture.clientWidth ?? 0 : 0;
  view.arms.forEach((arm, a) => {
    const source = data.arms[a];
    setText(arm.title, source.title);
    setText(arm.subtitle, source.subtitle);
    arm.layers.forEach((layer, l) => updateLayer(layer, source.layers[l], source, view, data));
  });
  showReadouts(view);
  setProse(view.caption, captionFor(data));
  describeInWords(view);
}

/**
 * Words for those who listen: at once, then once a second at most, and always the last state.
 * @param {View} view
 */
function describeInWords(view) {
  view.unsaid = true;
  if (view.speaking) return;
  view.speaking = setTimeout(() => {
    view.speaking = null;
    if (view.unsaid) describeInWords(view);
  }, WORDS_EVERY_MS);
  view.unsaid = false;
  nameLayers(view, view.data);
  updateTable(view, view.data);
}

/**
 * One scale for all arms and layers, so that heights compare. It grows at once, so that no bar is
 * cut, and shrinks only when all bars have been well below a lower scale for a while.
 * @param {{scale: number, low: number}} view
 * @param {Pick<Data, "arms">} data
 */
export function scaleFor(view, data) {
  const loads = data.arms.flatMap((arm) => arm.layers.flatMap((layer) => layer.load ?? []));
  const experts = Math.max(...data.arms.map((arm) => arm.n_experts), 2);
  /** @param {number} share */
  const fitting = (share) => SCALES.find((top) => top >= share - 1e-6) ?? 1;
  const least = fitting(3 / experts);
  const highest = Math.max(0, ...loads);
  const [grown, lower] = [fitting(highest), fitting(highest / ROOM_TO_SHRINK)];
  view.low = lower < view.scale ? view.low + 1 : 0;
  const settled = !loads.length || view.low > UPDATES_TO_SHRINK;
  return Math.max(least, settled ? lower : Math.max(view.scale, grown));
}

/**
 * @param {LayerNodes} layer
 * @param {Layer} source
 * @param {Arm} arm
 * @param {View} view
 * @param {Data} data
 */
function updateLayer(layer, { load, processed }, arm, view, data) {
  const { height, experts } = layer;
  /** @param {number} share */
  const toPixels = (share) => (share / view.scale) * height;
  const fair = 1 / experts;
  placeAxis(layer, arm.capacity_share, fair, view.scale);
  layer.node.classList.toggle("empty", !load);
  setText(layer.waiting, load ? "" : data.placeholder);
  const labelled = load ? mostLoaded(load, fair, view.plotWidth / experts) : [];
  layer.bars.forEach((bar, e) => {
    const routed = load ? load[e] : 0;
    const done = Math.min(processed?.[e] ?? routed, routed);
    bar.processed.style.transform = `scaleY(${done / view.scale})`;
    bar.dropped.style.transform = `translateY(${-toPixels(done)}px) scaleY(${
      (routed - done) / view.scale
    })`;
    bar.dropped.classList.toggle("some", routed - done > 1e-6);
    bar.dead.classList.toggle("shown", Boolean(load) && routed < data.dead * fair);
    bar.value.style.transform = `translateY(${-toPixels(routed)}px)`;
    bar.value.classList.toggle("shown", labelled.includes(e));
    if (labelled.includes(e)) setText(bar.value, percent(routed));
  });
}

/**
 * @param {LayerNodes} layer
 * @param {number | null} share  an expert's capacity
 * @param {number} fair
 * @param {number} scale
 */
function placeAxis({ axis, capacity, height }, share, fair, scale) {
  const shown = capped({ capacity_share: share }, scale) ? share : null;
  const at = axisLabels(height, scale, fair, shown);
  axis.fair.style.transform = `translateY(${-height * (fair / scale)}px)`;
  axis.fairLabel.style.transform = `translateY(${at.fair - height}px)`;
  setText(axis.topLabel, percent(scale));
  setText(axis.fairLabel, `even ${exactPercent(fair)}`);
  setText(axis.baseLabel, at.zero ? "0" : "");
  capacity.group.classList.toggle("shown", at.capacity !== null);
  if (shown === null || at.capacity === null) return;
  const line = height * (1 - shown / scale);
  capacity.group.style.transform = `translateY(${line}px)`;
  setAttribute(capacity.label, "y", Math.round(at.capacity + 4 - line));
  setText(capacity.label, `capacity ${exactPercent(shown)}`);
}

/** @type {(arm: {capacity_share: number | null}, scale: number) => boolean} */
const capped = (arm, scale) =>
  typeof arm.capacity_share === "number" && arm.capacity_share <= scale;

/**
 * Where the labels beside the axis stand, in pixels from its top, so that none covers another. The
 * capacity's gives way to the even share's, to the side that its line is on; the 0 gives way to both.
 * @param {number} height  of the axis
 * @param {number} scale
 * @param {number} fair  the even share
 * @param {number | null} share  an expert's capacity; null: not shown
 * @returns {{fair: number, capacity: number | null, zero: boolean}}
 */
export function axisLabels(height, scale, fair, share) {
  const even = Math.max(height * (1 - fair / scale), LINE_OF_TEXT + 8);
  const line = share === null ? null : height * (1 - share / scale);
  const capacity = line === null ? null : beside(line, even, height);
  const lowest = Math.max(even, capacity ?? 0);
  return { fair: even, capacity, zero: height - lowest > LINE_OF_TEXT + 2 };
}

/** @param {number} line @param {number} even @param {number} height */
function beside(line, even, height) {
  if (Math.abs(line - even) >= LINE_OF_TEXT) return Math.max(line, LINE_OF_TEXT + 5);
  const below = line > even && even + LINE_OF_TEXT <= height + 2;
  return below ? even + LINE_OF_TEXT : Math.max(even - LINE_OF_TEXT, LINE_OF_TEXT + 5);
}

/**
 * At most a few experts, well above the fair share, whose labels lie over no bar and no other.
 * @param {number[]} load
 * @param {number} fair
 * @param {number} pitch  from bar to bar, in pixels
 */
export function mostLoaded(load, fair, pitch) {
  const order = load.map((_, e) => e).sort((a, b) => load[b] - load[a]);
  /** @type {(one: number, other: number) => boolean} */
  const near = (one, other) => Math.abs(one - other) * pitch < LABEL_WIDTH;
  /** @type {number[]} */
  const chosen = [];
  order.forEach((e, rank) => {
    if (load[e] < LABELLED_OVER_FAIR * fair || chosen.length === MOST_LABELS) return;
    if (!order.slice(0, rank).some((taller) => near(taller, e))) chosen.push(e);
  });
  return chosen;
}
