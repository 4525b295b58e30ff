// Where the labels of knob changes stand: in lanes above the rows, never over each other.
//
// Changes that are too close to be told apart are one band with one label that counts them. The
// newest change is placed first and has words of its own: the reader has just made it and looks for
// them. A label stands on a pole at its step. Where no lane is free for one, changes share a label;
// their own words are in the readout and in the table. Knows nothing of what changed.

import { number } from "../shared/shared.js";
import { bandsOf, byPixel, closeRuns, withNewestApart } from "./live_charts_bands.js";
import { cut } from "./live_charts_text.js";

/** @import { Band, Group, Placed } from "./live_charts_bands.js" */
/** @import { Mark } from "./live_charts_model.js" */
/** @import { Box } from "./live_charts_text.js" */

/**
 * @typedef {object} Strip
 * @property {number} left
 * @property {number} right
 * @property {number} bottom
 * @property {number} lanes
 * @property {number} pitch  a lane's height
 */

/**
 * @typedef {object} MarkLabel
 * @property {string} text
 * @property {Box} box
 * @property {number} lane  0 is the lowest
 * @property {number} pole  the pixel at which it stands
 * @property {number} first  the pixel of its first mark
 * @property {number} last
 * @property {Group} group
 */

/** @typedef {(text: string) => number} Width */

const PADDING = 4; // between a pole and its words
const GAP = 4;
const JOINED = 48; // more characters are counted, not joined

/**
 * Lines, bands and labels of the marks that stand in the strip.
 *
 * No line stands inside a band. No two labels' boxes intersect, all lie in the strip, no pole runs through another's box, and
 * every mark belongs to exactly one label; in a strip too narrow for any word there is no label.
 *
 * @param {Mark[]} marks
 * @param {(step: number) => number} at  the pixel of a step
 * @param {Strip} strip
 * @param {Width} width
 * @returns {{shown: Mark[], lines: number[], bands: Band[], labels: MarkLabel[]}}  labels and bands
 *   count in `shown`
 */
export function layoutMarks(marks, at, strip, width) {
  const shown = marks
    .map((mark) => ({ mark, at: Math.round(at(mark.step - 0.5)) + 0.5 }))
    .filter((each) => each.at >= strip.left && each.at <= strip.right)
    .sort((one, other) => one.mark.step - other.mark.step);
  const pixels = byPixel(shown);
  const runs = closeRuns(pixels, shown);
  const waiting = withNewestApart(runs, pixels);
  /** @type {MarkLabel[]} newest first */
  const labels = [];
  for (let group = waiting.pop(); group; group = waiting.pop()) {
    const label = place(group, shown, labels, strip, width);
    if (label) labels.push(label);
    else if (extend(group, shown, labels, strip, width)) continue;
    else if (!merge(group, waiting, labels)) labels.push(...cutToFit(group, shown, strip, width));
  }
  const drawn = bandsOf(runs, pixels, shown);
  return { shown: shown.map(({ mark }) => mark), ...drawn, labels: labels.reverse() };
}

/**
 * A count that stands over a group without a place counts it too, where it stands. The newest label
 * is left in peace. False: there is no such count, or it has no room for its new words.
 * @param {Group} group
 * @param {Placed[]} shown
 * @param {MarkLabel[]} labels
 * @param {Strip} strip
 * @param {Width} width
 */
function extend(group, shown, labels, strip, width) {
  const newer = labels[labels.length - 1];
  if (labels.length < 2 || newer.group.to - newer.group.from === 1) return false;
  if (shown[group.to - 1].at <= newer.box.x - GAP) return false;
  const both = { from: group.from, to: newer.group.to };
  const [text] = wordings(both, shown);
  const box = { ...newer.box, width: width(text) + 2 * PADDING };
  if (newer.pole > newer.box.x) box.x = newer.pole - box.width;
  const longer = { ...newer, text, box, first: shown[both.from].at, group: both };
  labels.pop();
  const free = isFree(longer, labels, strip);
  labels.push(free ? longer : newer);
  return free;
}

/**
 * A group without a place joins the next older one, the oldest one the next newer one. False: it
 * has no neighbour.
 * @param {Group} group
 * @param {Group[]} waiting
 * @param {MarkLabel[]} labels
 */
function merge(group, waiting, labels) {
  const older = waiting[waiting.length - 1];
  const newer = older ? undefined : labels.pop();
  if (older) older.to = group.to;
  if (newer) waiting.push({ from: group.from, to: newer.group.to });
  return Boolean(newer ?? older);
}

/**
 * The first place that is free: the fullest words first, right of the pole first, low lanes first.
 * @param {Group} group
 * @param {Placed[]} shown
 * @param {MarkLabel[]} labels
 * @param {Strip} strip
 * @param {Width} width
 */
function place(group, shown, labels, strip, width) {
  for (const text of wordings(group, shown)) {
    const wide = width(text) + 2 * PADDING;
    for (const before of [false, true]) {
      for (let lane = 0; lane < strip.lanes; lane++) {
        const label = labelAt(group, shown, text, wide, lane, before, strip);
        if (isFree(label, labels, strip)) return label;
      }
    }
  }
  return null;
}

/**
 * @param {Group} group
 * @param {Placed[]} shown
 * @param {string} text
 * @param {number} width
 * @param {number} lane
 * @param {boolean} before  left of its pole
 * @param {Strip} strip
 * @returns {MarkLabel}
 */
function labelAt(group, shown, text, width, lane, before, strip) {
  const [first, last] = [shown[group.from].at, shown[group.to - 1].at];
  const pole = before ? last : first;
  const box = {
    x: before ? pole - width : pole,
    y: strip.bottom - (lane + 1) * strip.pitch,
    width,
    height: strip.pitch,
  };
  return { text, box, lane, pole, first, last, group };
}

/**
 * @param {MarkLabel} label
 * @param {MarkLabel[]} labels
 * @param {Strip} strip
 */
function isFree(label, labels, strip) {
  const { box } = label;
  if (box.x < strip.left || box.x + box.width > strip.right) return false;
  return labels.every((other) => {
    const apart = label.lane !== other.lane || isBeside(box, other.box);
    return apart && !crosses(label, other) && !crosses(other, label);
  });
}

/**
 * @param {Box} one
 * @param {Box} other
 */
const isBeside = (one, other) =>
  one.x + one.width + GAP <= other.x || other.x + other.width + GAP <= one.x;

/**
 * Whether the pole of one, which runs from its lane down to the rows, passes the other's words.
 * @param {MarkLabel} one
 * @param {MarkLabel} other
 */
const crosses = (one, other) =>
  one.lane > other.lane && one.pole > other.box.x - GAP &&
  one.pole < other.box.x + other.box.width + GAP;

/**
 * What a label may say, the most telling first.
 * @param {Group} group
 * @param {Placed[]} shown
 */
function wordings({ from, to }, shown) {
  const { step, label } = shown[from].mark;
  if (to - from === 1) return [label];
  const last = shown[to - 1].mark.step;
  const counted = countedWords(to - from, step, last);
  if (last > step) return [counted];
  const joined = shown.slice(from, to).map(({ mark }) => mark.label).join("; ");
  return joined.length <= JOINED ? [joined, counted] : [counted];
}

/**
 * "5 changes, steps 120–180".
 * @param {number} count
 * @param {number} first
 * @param {number} last
 */
function countedWords(count, first, last) {
  const steps = first === last ? `step ${number(first)}` : `steps ${number(first)}–${number(last)}`;
  return `${number(count)} changes, ${steps}`;
}

/**
 * The only label, in a strip that its words or its pole leave too narrow.
 * @param {Group} group
 * @param {Placed[]} shown
 * @param {Strip} strip
 * @param {Width} width
 */
function cutToFit(group, shown, strip, width) {
  const room = strip.right - strip.left;
  const text = cut(wordings(group, shown)[0], room - 2 * PADDING, width);
  if (!text) return [];
  const label = labelAt(group, shown, text, width(text) + 2 * PADDING, 0, false, strip);
  label.box.x = Math.max(strip.left, Math.min(label.box.x, strip.right - label.box.width));
  return [label];
}
