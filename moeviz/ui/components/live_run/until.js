// When a run that is started pauses by itself: never, at a step, at a loss, when it collapses.

import { bubble } from "../shared/bubble.js";
import { read } from "../shared/knob_numbers.js";
import { el, setAttribute } from "../shared/shared.js";
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
 * @param {Record<string, {value: string, knob: import("../shared/knob_numbers.js").NumberKnob}>} values
 *   of the kinds that have one: what it is at first, and what it may be
 * @param {(text: string) => void} onChange gets what Start would take
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
  const refusal = bubble(value, "refusal");
  refusal.node.setAttribute("role", "alert");
  node.append(kind, value, refusal.node);
  const text = () => kind.value in values ? `${kind.value}:${value.value.trim()}` : kind.value;
  const fit = () => {
    value.hidden = !(kind.value in values);
    value.setAttribute("aria-label", values[kind.value]?.knob.label ?? "");
  };
  kind.addEventListener("change", () => {
    value.value = values[kind.value]?.value ?? "";
    fit();
    judge();
    onChange(text());
  });
  const judge = () => {
    const knob = values[kind.value]?.knob;
    const reading = knob ? read(knob, value.value) : null;
    refusal.say(reading && !reading.ok ? reading.words : "");
    setAttribute(value, "aria-invalid", reading?.ok === false);
    return reading?.ok !== false;
  };
  value.addEventListener("change", () => {
    if (judge()) onChange(text());
  });
  value.addEventListener("input", () => {
    if (refusal.node.textContent) judge();
  });
  value.addEventListener("focus", refusal.show);
  fit();
  const update = () => {
    kind.disabled = value.disabled = !control.ready || ended(control.state);
  };
  return { node, text, update };
}
