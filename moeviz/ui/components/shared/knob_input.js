// Inputs for knobs, built from plain descriptions: a number with − and +, and a choice. What is
// committed shows at once as pending, until `show` says otherwise; what is being typed is never
// overwritten. A refusal stands below the field. A text that is refused here stays until something
// else is pressed (`settle`); one that the other side refuses gives way to the value in force.
//
//   const field = numberInput(knob, { onCommit: (text) => send(text) });
//   parent.append(field.node);
//   field.show({ value: "0.01", pending: false, refusal: "", disabled: false, note: "" });
//
// `show` is the truth about the value: while a commit is under way, show it with `pending: true`, or
// do not call `show` with an older one. Adopt KNOB_INPUT_STYLES with `adoptStyles`.

import { Editing, NOTHING_TOLD } from "./knob_editing.js";
import { framed } from "./knob_frame.js";
import { read } from "./knob_numbers.js";
import { el, setAttribute } from "./shared.js";

/** @typedef {import("./knob_numbers.js").NumberKnob} NumberKnob */
/** @typedef {import("./knob_editing.js").Told} Told */

/**
 * @typedef {object} ChoiceKnob
 * @property {string} name of the knob
 * @property {string} label
 * @property {string} [shown]
 * @property {string} [mark]
 * @property {[string, string][]} choices value and title
 * @property {string} help
 *
 * @typedef {{onCommit: (text: string) => void}} Heard
 * @typedef {{node: HTMLElement, show: (told: Partial<Told>) => void, settle: () => void}} Field
 */

export const KNOB_INPUT_STYLES = [new URL("knob_input.css", import.meta.url)];

const HELD_AFTER_MS = 400;
const REPEATED_MS = 100;

/**
 * A text field with − and +. Enter, leaving it and a step commit; Escape takes back; the arrow keys
 * step, and a button that is held goes on stepping.
 *
 * @param {NumberKnob} knob
 * @param {Heard} heard `onCommit` gets a text that `Knob.parse` reads
 * @returns {Field & {describe: (knob: NumberKnob) => void, bar: (why: string) => void}} `describe`
 *   changes label, help, bounds; `bar` says why nothing can be entered for now, whatever is told
 *   meanwhile, and with "" that it can again. What was typed stays.
 */
export function numberInput(knob, { onCommit }) {
  const editing = new Editing(knob);
  const frame = framed(knob.name);
  const box = el("div", "box");
  const input = /** @type {HTMLInputElement} */ (el("input"));
  const [less, more] = [stepButton("less", "−"), stepButton("more", "+")];
  box.append(frame.mark, input, less, more);
  const refusal = frame.hold(box, input);
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("role", "spinbutton");

  let barred = "";
  const disabled = () => editing.told.disabled || barred !== "";
  /** @param {string | null} text */
  const send = (text) => {
    draw();
    if (text !== null) onCommit(text);
  };
  /** @param {-1 | 1} direction */
  const step = (direction) => {
    if (!disabled()) send(editing.step(direction));
  };

  function draw() {
    const { knob, told } = editing;
    frame.draw(knob, told, barred);
    if (input.value !== editing.text) input.value = editing.text;
    input.disabled = disabled();
    input.title = barred;
    input.inputMode = knob.kind === "int" ? "numeric" : "decimal";
    input.placeholder = knob.kind === "optional_float" ? knob.noneMeans : "";
    setAttribute(input, "aria-busy", editing.pending);
    setAttribute(input, "aria-invalid", editing.refusal !== "");
    refusal.say(editing.refusal);
    tellValue(input, editing);
    const reading = read(knob, editing.text);
    const value = reading.ok ? reading.value : null;
    less.disabled = disabled() || (value !== null && value <= (knob.low ?? -Infinity));
    more.disabled = disabled() || (knob.kind !== "optional_float" && value !== null &&
      value >= (knob.high ?? Infinity));
    setAttribute(less, "aria-label", `Less: ${knob.label}`);
    setAttribute(more, "aria-label", `More: ${knob.label}`);
  }

  input.addEventListener("input", () => {
    editing.type(input.value);
    draw();
  });
  input.addEventListener("blur", () => disabled() || send(editing.commit()));
  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter") send(editing.commit());
    else if (event.key === "ArrowUp") step(1);
    else if (event.key === "ArrowDown") step(-1);
    else if (event.key !== "Escape" || !editing.takeBack()) return;
    event.preventDefault();
    event.stopPropagation(); // Escape also closes what the field lies in
    draw();
  });
  repeats(less, () => step(-1));
  repeats(more, () => step(1));
  draw();

  return {
    node: frame.node,
    show(told) {
      const focused = hasFocus(input);
      editing.tell({ ...NOTHING_TOLD, ...told }, focused);
      draw();
    },
    describe(knob) {
      editing.knob = knob;
      draw();
    },
    bar(why) {
      barred = why;
      draw();
    },
    settle() {
      editing.settle();
      draw();
    },
  };
}

/**
 * A native list of choices.
 *
 * @param {ChoiceKnob} knob
 * @param {Heard} heard `onCommit` gets the value of a choice
 * @returns {Field & {describe: (knob: ChoiceKnob) => void}} `describe` changes label and help
 */
export function choiceInput(knob, { onCommit }) {
  const frame = framed(knob.name);
  const box = el("div", "box choice");
  const select = /** @type {HTMLSelectElement} */ (el("select"));
  select.append(
    ...knob.choices.map(([value, title]) => Object.assign(el("option", "", title), { value })),
  );
  box.append(frame.mark, select);
  const refusal = frame.hold(box, select);
  select.addEventListener("change", () => {
    refusal.say("");
    setAttribute(select, "aria-busy", true);
    setAttribute(select, "aria-invalid", false);
    onCommit(select.value);
  });

  let [described, told] = [knob, NOTHING_TOLD];

  /** @param {Partial<Told>} partly */
  function show(partly) {
    told = { ...NOTHING_TOLD, ...partly };
    frame.draw(described, told);
    if (select.value !== told.value) select.value = told.value;
    select.disabled = told.disabled;
    setAttribute(select, "aria-busy", told.pending);
    setAttribute(select, "aria-invalid", told.refusal !== "");
    refusal.say(told.refusal);
  }
  frame.draw(described, told);
  return {
    node: frame.node,
    show,
    describe(knob) {
      described = knob;
      frame.draw(described, told);
    },
    settle() {}, // a list of choices has no text of its own
  };
}

/** What a screen reader says of the value. @param {HTMLInputElement} input @param {Editing} editing */
function tellValue(input, editing) {
  const { knob } = editing;
  const reading = read(knob, editing.text);
  const now = reading.ok && reading.value !== null ? reading.value : null;
  const none = reading.ok && reading.value === null ? knob.noneMeans : null;
  /** @type {[string, number | string | null][]} */
  const said = [
    ["aria-valuenow", now],
    ["aria-valuetext", none],
    ["aria-valuemin", knob.low],
    ["aria-valuemax", knob.high],
  ];
  for (const [name, value] of said) {
    if (value === null) input.removeAttribute(name);
    else setAttribute(input, name, value);
  }
}

/** @param {string} name @param {string} sign */
function stepButton(name, sign) {
  const button = /** @type {HTMLButtonElement} */ (el("button", name, sign));
  button.type = "button";
  button.tabIndex = -1; // the arrow keys do the same from the field
  return button;
}

/**
 * Step at a press, and go on while it is held. A finger may be about to swipe the strip: it steps
 * when it is lifted, or once it rests.
 *
 * @param {HTMLButtonElement} button
 * @param {() => void} step
 */
function repeats(button, step) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stepped = false;
  const stop = () => clearInterval(timer);
  const act = () => {
    if (!button.isConnected || button.disabled) stop();
    else step();
    stepped = true;
  };
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps its focus
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stepped = false;
    if (event.pointerType === "mouse") act();
    stop();
    timer = setTimeout(() => {
      act();
      timer = setInterval(act, REPEATED_MS);
    }, HELD_AFTER_MS);
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
    button.addEventListener(end, stop);
  }
  button.addEventListener("click", () => {
    stop();
    if (!stepped) step();
    stepped = false;
  });
}

/** @param {HTMLElement} node */
function hasFocus(node) {
  const root = node.getRootNode();
  return (root instanceof ShadowRoot || root instanceof Document) && root.activeElement === node;
}
