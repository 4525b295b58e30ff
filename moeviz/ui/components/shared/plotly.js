// What components that draw with Plotly share: the library, and the page's tones as it reads them.

import { el } from "./shared.js";

/** plotly.js is a classic script beside the published tree of sources; every component on the page
 *  shares one copy. */
export function loadPlotly(file) {
  globalThis.moevizPlotly ??= new Promise((resolve, reject) => {
    const script = el("script");
    script.src = new URL(`../${file}`, import.meta.url).href;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${script.src}`));
    document.head.append(script);
  });
  return globalThis.moevizPlotly;
}

/** The tones of shared.css in a form that Plotly reads, and the page's type. */
export function tonesOf(root) {
  const probe = el("span");
  root.append(probe);
  const tone = (name) => {
    probe.style.color = `var(--${name})`;
    return plain(getComputedStyle(probe).color);
  };
  const names = ["ink", "muted", "faint", "accent", "paper"];
  const tones = Object.fromEntries(names.map((name) => [name, tone(name)]));
  probe.remove();
  return { ...tones, family: getComputedStyle(root).fontFamily };
}

/** Any CSS colour as rgb(): mixed colours are computed in forms that Plotly does not know. */
function plain(colour) {
  const context = el("canvas").getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return `rgb(${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3)})`;
}
