// What components that draw with Plotly share: the library, and the page's tones as it reads them.

import { css, toneReader } from "./colours.js";
import { el } from "./shared.js";

/**
 * What is used of Plotly.
 * @typedef {object} Plotly
 * @property {(plot: HTMLElement, data: object[], layout: object, config: object) => Promise<void>} react
 * @property {(plot: HTMLElement, changes: object) => void} relayout
 * @property {(plot: HTMLElement, options: object) => void} downloadImage
 * @property {(plot: HTMLElement) => void} purge
 */

/** @type {Promise<Plotly> | undefined} */
let loading;

/**
 * plotly.js is a classic script beside the published tree of sources; every component on the page
 * shares one copy.
 * @param {string} file  its name there
 */
export function loadPlotly(file) {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script");
    script.src = new URL(`../${file}`, import.meta.url).href;
    const page = /** @type {typeof globalThis & {Plotly: Plotly}} */ (globalThis);
    script.onload = () => resolve(page.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${script.src}`));
    document.head.append(script);
  });
  return loading;
}

const TONES = ["ink", "muted", "faint", "accent", "paper"];

/**
 * The tones of shared.css in a form that Plotly reads, and the page's type.
 * @param {HTMLElement} root
 * @returns {Record<string, string>}
 */
export function tonesOf(root) {
  const tones = toneReader(root);
  const read = Object.fromEntries(TONES.map((name) => [name, css(tones.read(name))]));
  tones.end();
  return { ...read, family: getComputedStyle(root).fontFamily };
}
