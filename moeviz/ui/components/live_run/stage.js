// What the live stages share: how they are mounted, and the lines around a picture that say how its
// run and the channel stand.

import { adoptStyles, el, setText } from "../shared/shared.js";
import { pageRun } from "./run_control.js";
import { channelWords, statusLine, watchWords } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */
/** @typedef {import("../channel/run_state.js").RunState} RunState */
/** @typedef {{take: (data: any) => void, end: () => void}} View */

const STYLES = [
  "../shared/shared.css",
  "../shared/knob_input.css",
  "../load_bars/load_bars.css",
  "../live_charts/live_charts.css",
  "./live_run.css",
];

/**
 * A component that is built once in the node it finds, and then given what the page's script says.
 * @param {string} selector
 * @param {URL} styles its own, after those of all stages
 * @param {(root: HTMLElement, data: any) => View} build
 */
export function stageIn(selector, styles, build) {
  const all = [...STYLES.map((path) => new URL(path, import.meta.url)), styles];
  return async (/** @type {any} */ { data, parentElement }) => {
    pageRun(); // connects while the styles come
    await adoptStyles(parentElement, ...all);
    const root = parentElement.querySelector(selector);
    if (!root) return undefined;
    root.view ??= build(root, data);
    root.view.take(data);
    return () => setTimeout(() => root.isConnected || root.view.end());
  };
}

/**
 * The lines about a run: why nothing can be pressed in `barred`, refusals and news in `said`, how
 * the run stands in `standing`.
 * @param {HTMLElement} root
 * @param {RunControl} control
 */
export function buildLines(root, control) {
  const said = el("p", "said");
  said.setAttribute("role", "status");
  const lost = el("p", "channel-lost");
  lost.setAttribute("role", "alert");
  const watching = el("p", "watching");
  const barred = el("div");
  barred.append(lost, watching);
  const standing = el("p", "standing");
  return {
    said,
    barred,
    standing,
    /** Say why a press was refused. @param {any} outcome */
    onOutcome: (outcome) => setText(said, outcome.ok ? "" : outcome.why),
    /** @param {RunState | null} state */
    show(state) {
      setText(watching, watchWords(control.run));
      setText(standing, statusLine(state));
    },
    /** Follow the run; returns what ends that. @param {(state: RunState | null) => void} show */
    listen: (show) =>
      control.listen({
        onState: show,
        onStatus: (status) => {
          setText(lost, channelWords(status));
          root.classList.toggle("away", status !== "open");
          show(control.state);
        },
        onGone: (why) => setText(said, why),
      }),
  };
}
