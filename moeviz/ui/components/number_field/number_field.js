// A number of the page. It owns the text that it shows: what its reader enters shows at once, and
// no answer to an earlier press overwrites it.

import { KNOB_INPUT_STYLES, numberInput } from "../shared/knob_input.js";
import { adoptStyles } from "../shared/shared.js";
import { Entries } from "./entries.js";

/** @typedef {import("./entries.js").Entry} Entry */
/**
 * @typedef {object} Data
 * @property {import("../shared/knob_numbers.js").NumberKnob} knob
 * @property {string} value
 * @property {string} refusal
 * @property {boolean} disabled
 * @property {string} session
 * @property {number} seq
 */
/** @typedef {ReturnType<typeof build>} View */

/** @param {import("../shared/shared.js").Component<Data>} component */
export default async function numberField({ data, parentElement, setStateValue }) {
  await adoptStyles(parentElement, ...KNOB_INPUT_STYLES);
  /** @type {import("../shared/shared.js").Root<View> | null} */
  const root = parentElement.querySelector(".number-field");
  if (!root) return undefined;
  root.view ??= build(root, data);
  root.view.send = (entry) => setStateValue("entry", entry);
  update(root.view, data);
  return undefined; // nothing outlives the nodes
}

/** @param {HTMLElement} root @param {Data} data */
function build(root, { knob }) {
  const entries = new Entries();
  const view = {
    entries,
    send: /** @type {(entry: Entry) => void} */ (() => {}),
    field: numberInput(knob, { onCommit: (text) => view.send(entries.enter(text)) }),
  };
  root.replaceChildren(view.field.node);
  return view;
}

/** @param {View} view @param {Data} data */
function update({ entries, field, send }, { knob, value, refusal, disabled, session, seq }) {
  field.describe(knob);
  const heard = entries.hear({ session, seq });
  if (heard === "answer") field.show({ value, refusal, disabled });
  else if (heard !== "echo") send(heard);
}
