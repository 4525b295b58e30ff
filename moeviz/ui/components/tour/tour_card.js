// The card beside the picture: the step's words, the buttons, the reader's own text.

import { button, el, setText } from "../shared/shared.js";
import { filled } from "./tour_words.js";
import { LAST } from "./tour_view.js";

/**
 * @typedef {object} Acts
 * @property {() => void} next
 * @property {() => void} back
 * @property {() => void} skip
 * @property {(text: string) => void} own
 * @property {() => void} example
 */

/** @param {any} words @param {Acts} acts */
export function buildCard(words, acts) {
  const node = el("section", "card");
  node.setAttribute("aria-label", words.title);
  const count = el("p", "count");
  const title = el("h2");
  const said = el("div", "step-words");
  said.setAttribute("aria-live", "polite");
  const verdict = el("p", "verdict");
  const caption = el("p", "caption");
  said.append(title, verdict, caption);
  const room = el("div", "room");
  const next = button("primary", "Next");
  next.append(el("kbd", "", "Space"));
  next.setAttribute("aria-keyshortcuts", "Space");
  const back = button("back", "Back");
  const skip = button("quiet", "Skip to the experiment");
  const row = el("div", "row");
  row.append(next, back);
  const top = el("div", "top");
  top.append(count, skip);
  const own = buildOwn(words.own, acts);
  node.append(top, said, room, row);
  next.addEventListener("click", acts.next);
  back.addEventListener("click", acts.back);
  skip.addEventListener("click", acts.skip);
  return {
    node,
    room,
    own,
    /**
     * @param {number} step
     * @param {Record<string, string | number>} figures
     * @param {{asks: boolean, right: boolean | null}} answer
     */
    show(step, figures, { asks, right }) {
      const words_ = words.steps[step - 1];
      setText(count, `Step ${step} of ${LAST}`);
      setText(title, words_.title);
      const judged = right === null ? "" : filled(right ? words_.right : words_.wrong, figures);
      setText(verdict, judged);
      verdict.hidden = !judged;
      verdict.dataset.right = String(right);
      setText(caption, filled(asks ? words_.before : words_.caption, figures));
      back.disabled = step === 1;
    },
  };
}

/** @param {any} words @param {Acts} acts */
function buildOwn(words, acts) {
  const node = el("form", "own");
  const field = el("input");
  field.type = "text";
  field.id = "own-text";
  field.autocomplete = "off";
  field.spellcheck = false;
  const label = el("label", "", words.label);
  label.htmlFor = field.id;
  const show = el("button", "show", words.show);
  const line = el("div", "line");
  line.append(field, show);
  const refusal = el("p", "refusal");
  refusal.setAttribute("role", "alert");
  const note = el("p", "note", words.help);
  note.id = "own-note";
  field.setAttribute("aria-describedby", note.id);
  const example = button("quiet", words.example);
  node.append(label, line, refusal, note, example);
  node.noValidate = true;
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    acts.own(field.value);
  });
  example.addEventListener("click", acts.example);
  return {
    node,
    /** @param {string} text */
    set(text) {
      field.value = text;
    },
    /** @param {string} why @param {string} said @param {boolean} isOwn */
    show(why, said, isOwn) {
      setText(refusal, why);
      field.setAttribute("aria-invalid", String(Boolean(why)));
      setText(note, said || words.help);
      example.hidden = !isOwn;
    },
  };
}
