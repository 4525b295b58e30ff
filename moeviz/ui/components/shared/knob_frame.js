// What stands around the input of a knob: label, help, note, a mark, the place for a refusal.

import { bubble } from "./bubble.js";
import { el, setAttribute, setText } from "./shared.js";

/** @typedef {import("./knob_editing.js").Told} Told */

/**
 * What a field is called. Beside a field of the same knob its label need not say all of that again.
 * @typedef {object} Labelled
 * @property {string} label its whole name
 * @property {string} [shown] above the field; its name, where it is left out
 * @property {string} [mark] a letter in the field
 * @property {string} help
 */

let made = 0;

/** Label, help, note and the place for a refusal around an input. @param {string} name */
export function framed(name) {
  const id = `knob-${++made}`;
  const node = el("div", "knob-input");
  node.dataset.name = name;
  const [head, label, about, note] = [el("div", "head"), el("label"), el("span"), el("p", "note")];
  const mark = el("span", "mark");
  let named = /** @type {HTMLElement} */ (node); // until it has a control
  const ask = /** @type {HTMLButtonElement} */ (el("button", "ask", "?"));
  const help = bubble(ask, "help");
  label.setAttribute("for", id);
  about.id = `${id}-help`;
  about.className = "visually-hidden";
  note.id = `${id}-note`;
  mark.setAttribute("aria-hidden", "true");
  ask.type = "button";
  for (const event of ["pointerenter", "focus"]) {
    ask.addEventListener(event, () => help.say(about.textContent ?? ""));
  }
  for (const event of ["pointerleave", "blur"]) ask.addEventListener(event, () => help.say(""));
  ask.addEventListener("keydown", (event) => event.key === "Escape" && help.say(""));
  head.append(label, ask);

  /** @param {HTMLElement} box @param {HTMLElement} control */
  function hold(box, control) {
    const refusal = bubble(box, "refusal");
    refusal.node.id = `${id}-refusal`;
    refusal.node.setAttribute("role", "alert");
    control.addEventListener("focus", refusal.show);
    named = control;
    control.id = id;
    control.setAttribute("aria-describedby", `${id}-refusal ${note.id} ${about.id}`);
    node.append(head, box, note, about, help.node, refusal.node);
    return refusal;
  }

  /** @param {Labelled} knob @param {Told} told @param {string} [barred] why */
  function draw({ label: name, shown = name, mark: letter = "", help }, told, barred = "") {
    setText(label, shown);
    label.title = name; // it may be cut off
    setAttribute(named, "aria-label", name);
    setText(mark, letter);
    mark.hidden = !letter;
    setText(about, [barred, help].filter(Boolean).join(" "));
    setText(note, told.note);
    note.hidden = !told.note;
    ask.hidden = !help || !shown;
    setAttribute(ask, "aria-label", `Help for ${name}`);
  }
  return { node, mark, hold, draw };
}
