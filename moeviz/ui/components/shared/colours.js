// Colours as the page computes them, in forms that a canvas and Plotly read.

import { contextOf, el } from "./shared.js";

/** @typedef {number[]} Rgb  red, green and blue, 0 to 255 */

/** @type {CanvasRenderingContext2D | undefined} */
let pixel;

/**
 * Any CSS colour as [r, g, b], by painting it.
 * @param {string} colour
 * @returns {Rgb}
 */
export function rgbOf(colour) {
  pixel ??= contextOf(el("canvas"), { willReadFrequently: true });
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/**
 * Reads the page's named tones ("ink" is `--ink`) as they stand at `node`; `end` with it.
 * @param {HTMLElement} node
 */
export function toneReader(node) {
  const probe = node.appendChild(el("i"));
  return {
    /** @param {string} name */
    read: (name) => {
      probe.style.color = `var(--${name})`;
      return rgbOf(getComputedStyle(probe).color);
    },
    end: () => probe.remove(),
  };
}

/**
 * Black or white, whichever stands out more: at least 4.5 to 1, as WCAG counts contrast, which is
 * equal at a luminance of 0.18.
 * @param {Rgb} rgb
 */
export const textOn = (rgb) => (luminance(rgb) > 0.18 ? "#000" : "#fff");

/** @param {Rgb} rgb */
function luminance(rgb) {
  const [r, g, b] = rgb.map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * From `one` (part 0) to `other` (part 1).
 * @param {Rgb} one
 * @param {Rgb} other
 * @param {number} part
 */
export const mix = (one, other, part) => one.map((c, i) => Math.round(c + (other[i] - c) * part));

/**
 * With commas: Plotly knows no other form.
 * @param {Rgb} rgb
 */
export const css = (rgb) => `rgb(${rgb.join(", ")})`;
