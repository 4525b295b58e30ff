// When a run that is started pauses by itself: never, at a step, at a loss, when it collapses.

import { el } from "../shared/shared.js";
import { ended } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */

const KINDS = [
  ["", "Until paused"],
  ["step", "Until a step"],
  ["loss", "Until a loss"],
  ["collapsed", "Until collapsed"],
];

/**
 * @param {RunControl} control
 * @param {string} first as the address has it: "step:300", "loss:2.5", "collapsed" or ""
 * @param {Record<string, {value: string, label: string}>} values of the kinds that have one: what
 *   it is at first, and its label
 * @param {(text: string) => void} onChange
 */
export function buildUntil(control, first, values, onChange) {
  const node = el("div", "until");
  const kind = /** @type {HTMLSelectElement} */ (el("select"));
  kind.setAttribute("aria-label", "How long Start trains");
  for (const [value, text] of KINDS) {
    const option = /** @type {HTMLOptionElement} */ (el("option", "", text));
    option.value = value;
    kind.append(option);
  }
  const value = /** @type {HTMLInputElement} */ (el("input"));
  value.inputMode = "decimal";
  value.autocomplete = "off";
  const [kindFirst, valueFirst] = first.split(":");
  kind.value = kindFirst;
  value.value = valueFirst ?? "";
  node.append(kind, value);
  const text = () => kind.value in values ? `${kind.value}:${value.value.trim()}` : kind.value;
  const fit = () => {
    value.hidden = !(kind.value in values);
    value.setAttribute("aria-label", values[kind.value]?.label ?? "");
  };
  kind.addEventListener("change", () => {
    value.value = values[kind.value]?.value ?? "";
    fit();
    onChange(text());
  });
  value.addEventListener("change", () => onChange(text()));
  fit();
  const update = () => {
    kind.disabled = value.disabled = !control.ready || ended(control.state);
  };
  return { node, text, update };
}
