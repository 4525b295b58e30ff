// Loads as heat: a sequential scale for the light and the dark page. Knows shares, not experts.

import { present } from "./live_charts_model.js";

/** @typedef {[number, number, number]} Rgb */

const LEVELS = 64;
const SATURATION = 8; // times the even share: from there on the colour is full

// moeviz.figures.palette.load_ramp, which a test compares: stops at equal distances of √share.
const LIGHT = "#F5F5F5 #CADDF0 #9EC6E9 #6FAFE0 #3198D6 #0280B7 #0D6891 #0A516E #013B50";
const DARK = "#1F1F1F #273644 #2A4E6C #276896 #1084C0 #32A0DB #4DBDF7 #8ED7FD #CEEEFE";

/** @param {boolean} dark */
export const palette = (dark) => (dark ? DARK_LEVELS : LIGHT_LEVELS);

const LIGHT_LEVELS = levelsOf(LIGHT);
const DARK_LEVELS = levelsOf(DARK);

/** @param {string} stops */
function levelsOf(stops) {
  const colours = stops.split(" ").map(rgbOfHex);
  return Array.from({ length: LEVELS }, (_, level) => {
    const at = (level / (LEVELS - 1)) * (colours.length - 1);
    const below = Math.min(colours.length - 2, Math.floor(at));
    return mixed(colours[below], colours[below + 1], at - below);
  });
}

/**
 * @param {string} hex
 * @returns {Rgb}
 */
function rgbOfHex(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * @param {Rgb} one
 * @param {Rgb} other
 * @param {number} part
 * @returns {Rgb}
 */
function mixed(one, other, part) {
  const [red, green, blue] = one.map((c, i) => Math.round(c + (other[i] - c) * part));
  return [red, green, blue];
}

/**
 * The share whose colour is the strongest; larger ones look the same.
 * @param {number} experts
 */
export const fullShare = (experts) => Math.min(1, SATURATION / Math.max(1, experts));

/**
 * The entry of the palette for a share; -1 where it is not known. Colour grows with the square
 * root: an even share of a few per cent and a collapse are both told apart from nothing.
 * @param {number} share
 * @param {number} full
 */
export function levelOf(share, full) {
  if (!present(share)) return -1;
  return Math.round((LEVELS - 1) * Math.sqrt(Math.min(1, Math.max(0, share / full))));
}
