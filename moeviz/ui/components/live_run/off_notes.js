// What a learner should know who switches load balancing off on a model that has trained: nothing
// happens, and why. Offers the same from step 0, in one press.

import { button, el, pressOnce, setText } from "../shared/shared.js";
import { setProse } from "../shared/term.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */
/** @typedef {import("../channel/run_state.js").Arm} Arm */
/**
 * @typedef {Object} OffWords
 * @property {string} since with {{name}} and {{step}}
 * @property {string} why
 * @property {string} measured
 * @property {string} again the button
 * @property {string} keeps what the press does to the run, with {{name}}
 * @property {number} from the first step at which the evidence begins
 */

/**
 * Whether there is something to say: load balancing was switched off late enough to be covered by
 * what was measured, and the model has not collapsed since.
 * @param {Arm} arm @param {number} from
 */
export const stayed = (arm, from) =>
  arm.off_since !== null && arm.off_since >= from && arm.words?.verdict !== "collapsed";

/**
 * The notes of all models, for a page that has no place of its own for each.
 * @param {RunControl} control
 * @param {{words: OffWords, onOutcome: (outcome: any) => void}} options
 */
export function buildOffNotes(control, options) {
  const node = el("div", "off-notes");
  /** @type {Map<string, ReturnType<typeof buildOffNote>>} */
  const notes = new Map();
  return {
    node,
    /** @param {Arm[]} arms */
    show(arms) {
      for (const [name, note] of notes) {
        if (!arms.some((arm) => arm.name === name)) {
          note.node.remove();
          notes.delete(name);
        }
      }
      for (const arm of arms) {
        const note = notes.get(arm.name) ?? buildOffNote(control, arm.name, options);
        if (!notes.has(arm.name)) node.append(note.node);
        notes.set(arm.name, note);
        note.show(arm);
      }
    },
  };
}

/**
 * @param {RunControl} control
 * @param {string} name of the model
 * @param {{words: OffWords, onOutcome: (outcome: any) => void}} options
 */
export function buildOffNote(control, name, { words, onOutcome }) {
  const node = el("aside", "off-note");
  node.hidden = true;
  const since = el("p", "since");
  const why = el("p");
  setProse(why, words.why);
  const again = button("again", words.again);
  pressOnce(again);
  node.append(
    since,
    why,
    el("p", "", words.measured),
    again,
    el("p", "keeps", words.keeps.replace("{{name}}", name)),
  );
  again.addEventListener("click", async () => {
    again.disabled = true;
    const outcome = await control.press("renew", { knobs: {} });
    onOutcome(outcome.ok ? await control.press("start") : outcome);
  });
  return {
    node,
    /** @param {Arm} arm */
    show(arm) {
      node.hidden = !stayed(arm, words.from);
      again.disabled = !control.ready;
      const step = (arm.off_since ?? 0).toLocaleString("en");
      setText(since, words.since.replace("{{name}}", name).replace("{{step}}", step));
    },
  };
}
