// Colours and type for the canvas, read from the page's own style; heat as one image a matrix.

import { css, mix, rgbOf, textOn, toneReader } from "../shared/colours.js";
import { contextOf, el } from "../shared/shared.js";

/** @import { Rgb } from "../shared/colours.js" */
/** @import { Plan } from "./routing_stage_facts.js" */

/** @typedef {ReturnType<typeof inksOf>} Inks */

/** @typedef {ReturnType<typeof expertInks>} ExpertInks */

/** @typedef {ReturnType<typeof heatOf>} Heat */

/**
 * The theme's inks, and for each expert a fill, a tint, an edge and a legible text colour.
 * @param {HTMLElement} root
 * @param {string[]} colours
 */
export function inksOf(root, colours) {
  const tones = toneReader(root);
  const [ink, paper, muted, faint] = ["ink", "paper", "muted", "faint"].map(tones.read);
  tones.end();
  return {
    rgb: { ink, paper },
    ink: css(ink),
    paper: css(paper),
    muted: css(muted),
    faint: css(faint),
    soft: css(mix(ink, paper, 0.75)),
    family: getComputedStyle(root).fontFamily,
    experts: colours.map((colour) => expertInks(rgbOf(colour), ink, paper)),
  };
}

/**
 * @param {Rgb} colour
 * @param {Rgb} ink
 * @param {Rgb} paper
 */
function expertInks(colour, ink, paper) {
  return {
    fill: css(colour),
    tint: css(mix(colour, paper, 0.7)),
    half: css(mix(colour, paper, 0.45)), // for marks too small for an edge
    edge: css(mix(colour, ink, 0.35)),
    text: textOn(colour),
  };
}

const BEND = 0.6;

/**
 * The plan's matrices as images, and how to read them.
 * @param {Plan} plan
 * @param {Inks} inks
 */
export function heatOf(plan, inks) {
  const [range, [, most]] = [rangeOf(plan.logits), rangeOf(plan.scores)];
  return {
    range,
    most,
    bend: BEND,
    logits: heatImage(plan.logits, range, 1, inks),
    scores: heatImage(plan.scores, [0, most], BEND, inks),
  };
}

/**
 * The tone of a value between the lowest and the highest.
 * @param {number} value
 * @param {[number, number]} range
 * @param {number} bend
 * @param {{ink: Rgb, paper: Rgb}} rgb
 */
export function heatTone(value, [low, high], bend, { ink, paper }) {
  const part = Math.max(0, (value - low) / (high - low || 1)) ** bend;
  return mix(paper, ink, 0.04 + 0.86 * part);
}

/**
 * A T × E image, tokens across, from paper (low) to ink (high); `bend` spreads small values.
 * @param {number[][]} matrix
 * @param {[number, number]} range
 * @param {number} bend
 * @param {Inks} inks
 */
function heatImage(matrix, range, bend, { rgb }) {
  const [width, height] = [matrix.length, matrix[0].length];
  const image = new ImageData(width, height);
  matrix.forEach((row, t) =>
    row.forEach((value, e) => {
      image.data.set([...heatTone(value, range, bend, rgb), 255], 4 * (e * width + t));
    })
  );
  const canvas = Object.assign(el("canvas"), { width, height });
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/**
 * The lowest and the highest value.
 * @param {number[][]} matrix
 * @returns {[number, number]}
 */
export function rangeOf(matrix) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of matrix) {
    for (const value of row) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return [low, high];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {number} size
 * @param {number} weight
 */
export function type(context, inks, size, weight = 400) {
  context.font = `${weight} ${size}px ${inks.family}`;
  context.textBaseline = "middle";
}

/**
 * Text with a rim of paper, legible over anything.
 * @param {CanvasRenderingContext2D} context
 * @param {Inks} inks
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} align
 */
export function label(context, inks, text, x, y, align = "left") {
  context.textAlign = align;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = inks.paper;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function rule(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
