// A number of the page. It owns the text that it shows: what its reader enters shows at once, and
// no answer to an earlier press overwrites it. Where the page's own line says that the server is
// gone, nothing can be entered, like in Streamlit's widgets.

import { heedGone } from "../live_run/one_message.js";
import { channelWords } from "../live_run/words.js";
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
  const { view } = root;
  view.send = (entry) => setStateValue("entry", entry);
  update(view, data);
  return () => setTimeout(() => root.isConnected || view.end());
}

/** @param {HTMLElement} root @param {Data} data */
function build(root, { knob }) {
  const entries = new Entries();
  const field = numberInput(knob, { onCommit: (text) => view.send(entries.enter(text)) });
  const view = {
    entries,
    send: /** @type {(entry: Entry) => void} */ (() => {}),
    field,
    end: heedGone((gone) => field.bar(gone ? channelWords("lost") : "")),
  };
  root.replaceChildren(field.node);
  return view;
}

/** @param {View} view @param {Data} data */
function update({ entries, field, send }, { knob, value, refusal, disabled, session, seq }) {
  field.describe(knob);
  const heard = entries.hear({ session, seq });
  if (heard === "answer") field.show({ value, refusal, disabled });
  else if (heard !== "echo") send(heard);
}
