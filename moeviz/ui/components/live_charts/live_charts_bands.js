// Which knob changes stand so close that their lines run into one: those are a band. Knows no words.

/** @import { Mark } from "./live_charts_model.js" */

/** @typedef {{mark: Mark, at: number}} Placed  a mark and its pixel */

/** @typedef {{from: number, to: number}} Group  neighbours: marks from … to − 1 */

/** @typedef {{first: number, last: number, group: Group}} Band  from pixel to pixel */

const CLOSE = 8; // pixels: lines that are nearer cannot be told apart
const MANY = 3; // lines so close are drawn as a band
const EDGE = 4; // pixels around a band that are read as it

/** Marks of one pixel as one group. @param {Placed[]} shown */
export function byPixel(shown) {
  /** @type {Group[]} */
  const groups = [];
  shown.forEach(({ at }, i) => {
    const last = groups[groups.length - 1];
    if (last && shown[last.from].at === at) last.to = i + 1;
    else groups.push({ from: i, to: i + 1 });
  });
  return groups;
}

/**
 * Neighbours that are nearer to each other than lines can be told apart, as one group each.
 * @param {Group[]} pixels
 * @param {Placed[]} shown
 */
export function closeRuns(pixels, shown) {
  /** @type {Group[]} */
  const runs = [];
  for (const { from, to } of pixels) {
    const last = runs[runs.length - 1];
    if (last && shown[from].at - shown[last.to - 1].at < CLOSE) last.to = to;
    else runs.push({ from, to });
  }
  return runs;
}

/**
 * The newest change has a label of its own.
 * @param {Group[]} runs
 * @param {Group[]} pixels
 */
export function withNewestApart(runs, pixels) {
  const [last, newest] = [runs[runs.length - 1], pixels[pixels.length - 1]];
  if (!last || last.from === newest.from) return runs.map((run) => ({ ...run }));
  return [
    ...runs.slice(0, -1).map((run) => ({ ...run })),
    { from: last.from, to: newest.from },
    { ...newest },
  ];
}

/**
 * A line a mark; of many that are close the first and the last alone, with a band between them.
 * @param {Group[]} runs
 * @param {Group[]} pixels
 * @param {Placed[]} shown
 */
export function bandsOf(runs, pixels, shown) {
  /** @type {Band[]} */
  const bands = [];
  const lines = runs.flatMap((run) => {
    const within = pixels.filter(({ from }) => from >= run.from && from < run.to)
      .map(({ from }) => shown[from].at);
    if (within.length < MANY) return within;
    const [first, last] = [within[0], within[within.length - 1]];
    bands.push({ first, last, group: run });
    return [first, last];
  });
  return { lines, bands };
}

/**
 * All changes of the band in which a pixel stands; none elsewhere.
 * @param {{shown: Mark[], bands: Band[]}} marks
 * @param {number} x
 */
export function bandAt({ shown, bands }, x) {
  const found = bands.find(({ first, last }) => x >= first - EDGE && x <= last + EDGE);
  return found ? shown.slice(found.group.from, found.group.to) : [];
}
