// Back to a checkpoint: rewind this run, or fork a new one that goes on from there.

import { buildPopup } from "../shared/popup.js";
import { button, el } from "../shared/shared.js";
import { forkWords } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */

/**
 * @param {RunControl} control
 * @param {{onOutcome: (outcome: any) => void, onNews: (words: string) => void}} options
 */
export function buildGoBack(control, { onOutcome, onNews }) {
  const popup = buildPopup("go-back", "Go back", () => update());
  const { node, box } = popup;
  const label = el("label", "field", "Checkpoint");
  const steps = /** @type {HTMLSelectElement} */ (el("select"));
  label.append(steps);
  const none = el("p", "", "No earlier checkpoint yet.");
  const rewind = button("rewind", "Rewind here");
  const fork = button("fork", "Fork from here");
  const words = el(
    "p",
    "",
    "Rewind: this run goes back to the checkpoint, and its later steps are deleted. Fork: a new run continues from the checkpoint; this run pauses and stays in Runs.",
  );
  box.append(none, label, rewind, fork, words);
  /** @param {HTMLButtonElement} pressed @param {string} act */
  const press = async (pressed, act) => {
    pressed.setAttribute("aria-busy", "true");
    const [step, left] = [Number(steps.value), control.state?.step ?? 0];
    const outcome = await control.press(act, { step });
    pressed.setAttribute("aria-busy", "false");
    onOutcome(outcome);
    if (outcome.ok && act === "fork") onNews(forkWords(step, left));
    if (outcome.ok) popup.close();
  };
  rewind.addEventListener("click", () => press(rewind, "rewind"));
  fork.addEventListener("click", () => press(fork, "fork"));
  const update = () => {
    const { state, ready } = control;
    const earlier = (state?.checkpoints ?? []).filter((step) => step < (state?.step ?? 0));
    const known = Array.from(steps.options, (option) => Number(option.value));
    if (String(known) !== String(earlier.toReversed())) {
      const was = steps.value;
      steps.replaceChildren(...earlier.toReversed().map((step) => option(step)));
      if (was && earlier.includes(Number(was))) steps.value = was;
    }
    none.hidden = earlier.length > 0;
    label.hidden = earlier.length === 0;
    for (const each of [rewind, fork, steps]) each.disabled = !ready || earlier.length === 0;
    words.hidden = earlier.length === 0 && !state?.trains;
  };
  return {
    node,
    update() {
      popup.opener.disabled = !control.ready;
      if (popup.open) update();
    },
  };
}

/** @param {number} step */
function option(step) {
  const node =
    /** @type {HTMLOptionElement} */ (el("option", "", `step ${step.toLocaleString("en")}`));
  node.value = String(step);
  return node;
}
