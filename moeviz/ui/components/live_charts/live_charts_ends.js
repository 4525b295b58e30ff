// What stands at the right of a row: its lines' names and last values, where they end.
// Knows values and heights, not the row's lines.

import { number, spread } from "../shared/shared.js";
import { lastOf } from "./live_charts_model.js";
import { cut, LINE, SIZE } from "./live_charts_text.js";

/** @import { Series } from "./live_charts_model.js" */
/** @import { Scale } from "./live_charts_scales.js" */
/** @import { Box, Measure } from "./live_charts_text.js" */

/**
 * @typedef {object} End  what a label says
 * @property {string} name  is cut where room lacks
 * @property {string} value  never is
 * @property {string | null} colour  of the line that it names
 * @property {boolean} dash
 * @property {number | null} at  the value at whose height it would stand; null: at the top
 * @property {number} from  the step where its line ends
 */

/**
 * @typedef {object} EndLabel
 * @property {string} text
 * @property {Box} box
 * @property {End} end
 * @property {number} wanted  the height of the line's end
 */

export const KEY = 8; // the mark in the line's colour, with its gap

/**
 * A label for each line, as far as there is room.
 * @param {Series[]} series
 * @param {number} room  how many labels fit
 */
export function endsOf(series, room) {
  const all = series.some(({ domain }) => domain) ? mainEnds(series) : series.map(endOf);
  return all.length <= room ? all : thinned(mainEnds(series), room);
}

/**
 * The labels that come first. A dashed line goes without where a solid one has its colour: the
 * row's title says what dashes are. Lines split by domain have one label for each domain, with the
 * lowest and highest of their values, under one for each model.
 * @param {Series[]} series
 * @returns {End[]}
 */
export function mainEnds(series) {
  const solid = series.filter(({ dash }) => !dash);
  if (series.some(({ domain }) => domain)) return domainEnds(solid);
  const colours = new Set(solid.map(({ colour }) => colour));
  return series.filter(({ dash, colour }) => !dash || !colours.has(colour)).map(endOf);
}

/**
 * @param {Series} series
 * @returns {End}
 */
function endOf(series) {
  const last = lastOf(series);
  return {
    name: series.name,
    value: last ? number(last.value) : "",
    colour: series.colour,
    dash: series.dash,
    at: last?.value ?? null,
    from: last?.step ?? 0,
  };
}

/**
 * @param {Series[]} series
 * @returns {End[]}
 */
function domainEnds(series) {
  /** @type {Map<string, End>} */
  const arms = new Map();
  for (const each of series) {
    const arm = each.arm ?? each.name;
    arms.set(arm, { ...endOf(each), name: arm, value: "", at: null });
  }
  const domains = new Set(series.map(({ domain, name }) => domain ?? name));
  return [...arms.values(), ...[...domains].map((domain) => domainEnd(domain, series))];
}

/**
 * @param {string} name
 * @param {Series[]} series
 * @returns {End}
 */
function domainEnd(name, series) {
  const lasts = series
    .filter((each) => (each.domain ?? each.name) === name)
    .flatMap((each) => lastOf(each) ?? []);
  const values = lasts.map(({ value }) => value);
  const words = values.length ? [Math.min(...values), Math.max(...values)].map(number) : [];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    name,
    value: [...new Set(words)].join("–"),
    colour: null,
    dash: false,
    at: values.length ? mean : null,
    from: Math.max(0, ...lasts.map(({ step }) => step)),
  };
}

/**
 * The first labels, and how many more there are.
 * @param {End[]} ends
 * @param {number} room
 */
export function thinned(ends, room) {
  if (ends.length <= room) return ends;
  const kept = Math.max(0, room - 1);
  const more = { ...ends[0], name: `and ${ends.length - kept} more`, value: "", colour: null };
  return [...ends.slice(0, kept), { ...more, at: null }];
}

/**
 * The labels at the heights where their lines end, pushed apart where ends are close.
 * @param {End[]} ends
 * @param {Scale} y
 * @param {Box} room  to the right of the row
 * @param {Measure} measure
 * @returns {EndLabel[]}
 */
export function layoutEnds(ends, y, room, measure) {
  const half = LINE / 2;
  const [low, high] = [room.y + half, room.y + room.height - half];
  const wanted = ends.map(({ at }) => (at === null ? room.y : y.at(at)));
  const places = spread(wanted, LINE, low, high);
  return ends.map((end, i) => {
    const text = cutName(end, room.width - KEY, measure);
    const box = {
      x: room.x,
      y: places[i] - half,
      width: Math.min(room.width, KEY + measure(text, SIZE)),
      height: LINE,
    };
    return { text, box, end, wanted: wanted[i] };
  });
}

/**
 * @param {End} end
 * @param {number} width
 * @param {Measure} measure
 */
function cutName({ name, value }, width, measure) {
  if (!value) return cut(name, width, measure);
  const left = width - measure(` ${value}`, SIZE);
  const short = left > 0 ? cut(name, left, measure) : "";
  return short ? `${short} ${value}` : cut(value, width, measure);
}
