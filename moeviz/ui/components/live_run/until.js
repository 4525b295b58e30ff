// When a run that is started pauses by itself: never, at a step, at a loss, when it collapses.

import { addressed, parameter, setParameters } from "../channel/address.js";
import { bubble } from "../shared/bubble.js";
import { read } from "../shared/knob_numbers.js";
import { el, setAttribute } from "../shared/shared.js";
import { ended } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */
/**
 * What the page's script says of limits.
 * @typedef {Object} Limits
 * @property {string} until the limit: "step:300", "loss:2.5", "collapsed" or ""
 * @property {string} until_never how the address says ""
 * @property {{kind: string, text: string, value?: string, knob?: import("../shared/knob_numbers.js").NumberKnob}[]} until_kinds
 *   of those that have a value: what it is at first, and what it may be
 * @property {{until: {url: string, default: string}}} parameters
 * @property {number} address_reads
 * @property {string} preset the experiment that was chosen last
 */

/**
 * @param {RunControl} control
 * @param {Limits} first
 * @param {(text: string) => void} onChange gets what Start would take, once the address says it
 */
export function buildUntil(control, first, onChange) {
  let data = first;
  let chosen = ""; // the last limit that was not refused
  const node = el("div", "until");
  const kind = /** @type {HTMLSelectElement} */ (el("select"));
  kind.setAttribute("aria-label", "How long Start trains");
  for (const { kind: name, text } of data.until_kinds) {
    const option = /** @type {HTMLOptionElement} */ (el("option", "", text));
    option.value = name;
    kind.append(option);
  }
  const value = /** @type {HTMLInputElement} */ (el("input"));
  value.inputMode = "decimal";
  value.autocomplete = "off";
  const refusal = bubble(value, "refusal");
  refusal.node.setAttribute("role", "alert");
  node.append(kind, value, refusal.node);
  const ofKind = () => data.until_kinds.find((each) => each.kind === kind.value);
  const text = () => ofKind()?.knob ? `${kind.value}:${value.value.trim()}` : kind.value;
  const fit = () => {
    const knob = ofKind()?.knob;
    value.hidden = !knob;
    value.setAttribute("aria-label", knob?.label ?? "");
  };
  const write = () => setParameters(addressed(data.parameters.until, chosen || data.until_never));
  const changed = () => {
    if (!judge()) return;
    chosen = text();
    write();
    onChange(chosen);
  };
  kind.addEventListener("change", () => {
    value.value = ofKind()?.value ?? "";
    fit();
    changed();
  });
  const judge = () => {
    const knob = ofKind()?.knob;
    const reading = knob ? read(knob, value.value) : null;
    refusal.say(reading && !reading.ok ? reading.words : "");
    setAttribute(value, "aria-invalid", reading?.ok === false);
    return reading?.ok !== false;
  };
  value.addEventListener("change", changed);
  value.addEventListener("input", () => {
    if (refusal.node.textContent) judge();
  });
  value.addEventListener("focus", refusal.show);
  /** @param {string} limit */
  const show = (limit) => {
    chosen = limit;
    [kind.value, value.value = ""] = limit.split(":");
    fit();
    judge();
  };
  show(data.until);
  control.limit = () => chosen || data.until_never;
  return {
    node,
    text,
    update() {
      kind.disabled = value.disabled = !control.ready || ended(control.state);
    },
    /**
     * A link, *back* or another experiment brings its own limit. Otherwise the reader's stays, and
     * stands in the address again where the page's script did not know of it.
     * @param {Limits} next
     */
    take(next) {
      const { address_reads: reads, preset } = data;
      data = next;
      if (next.address_reads !== reads) show(fromAddress(next));
      else if (next.preset !== preset) show(next.until);
      else write();
    },
  };
}

/** The limit that the address says, as the page's script has understood and written it.
 * @param {Limits} data */
function fromAddress({ parameters, until_never: never }) {
  const said = parameter(parameters.until.url) ?? parameters.until.default;
  return said === never ? "" : said;
}
