// What a number field shows and sends while its reader types, steps and takes back, and while the
// other side answers. Text that is being typed is the reader's: no answer overwrites it. Pure: knows
// nothing of the page or of how a value travels.

import { read, sent, stepped, written } from "./knob_numbers.js";

/** @typedef {import("./knob_numbers.js").NumberKnob} NumberKnob */

/**
 * What the other side says of a control.
 *
 * @typedef {object} Told
 * @property {string} value to show; "" or "none" for none
 * @property {boolean} pending whether it still waits to be in force
 * @property {string} refusal why the last commit was refused, or ""
 * @property {boolean} disabled
 * @property {string} note a line below the field, or ""
 */

/** @type {Told} */
export const NOTHING_TOLD = { value: "", pending: false, refusal: "", disabled: false, note: "" };

export class Editing {
  /** @type {string | null} What is typed and not committed, a text refused here included. */
  #draft = null;
  /** Why the draft, or the one that a press ended last, was refused here, or "". */
  #mistake = "";
  /** @type {string | null} The last commit while it waits for its answer. */
  #committed = null;
  #waits = false;
  /** Whether the other side has refused the last commit. */
  #refused = false;

  /** @param {NumberKnob} knob */
  constructor(knob) {
    this.knob = knob;
    this.told = NOTHING_TOLD;
  }

  /** The text of the field. */
  get text() {
    return this.#draft ?? this.#committed ?? this.#inForce;
  }

  /** Whether the value shown waits to be in force. */
  get pending() {
    return this.#waits || this.told.pending;
  }

  /** Why the text of the field, or the last one that was entered, was refused, or "". */
  get refusal() {
    if (this.#mistake) return this.#mistake;
    return this.#draft === null && this.#refused && !this.#waits ? this.told.refusal : "";
  }

  /** @param {string} text as the field now has it */
  type(text) {
    if (this.#draft === null || read(this.knob, text).ok) this.#mistake = "";
    this.#draft = text;
  }

  /** Take what was typed; returns what to send, or null where it is nothing new or refused. */
  commit() {
    if (this.#draft === null) return null;
    const reading = read(this.knob, this.#draft);
    if (!reading.ok) {
      this.#mistake = reading.words;
      return null;
    }
    this.#forgetDraft();
    const text = written(reading.value);
    if (text === (this.#waits ? this.#committed : this.#inForce)) {
      this.#refused = false;
      return null;
    }
    this.#committed = text;
    this.#waits = true;
    return sent(reading.value);
  }

  /**
   * Step from what the field shows, or from the value told where that is no number; returns what to
   * send, or null at an end.
   *
   * @param {-1 | 1} direction
   */
  step(direction) {
    const shown = read(this.knob, this.text);
    const from = shown.ok ? shown : read(this.knob, this.told.value);
    if (!from.ok) return null;
    this.#draft = written(stepped(this.knob, from.value, direction));
    return this.commit();
  }

  /** Take back what was typed or refused; returns whether there was anything. */
  takeBack() {
    const any = this.#draft !== null || this.refusal !== "";
    this.#forgetDraft();
    this.#refused = false;
    return any;
  }

  /**
   * Something else was pressed: a text that was refused here gives way to the value in force. Its
   * words stay until the next press: leaving the field for a button may have been what brought them.
   */
  settle() {
    if (this.#draft === null) this.#mistake = "";
    else if (this.#mistake) this.#draft = null;
  }

  /**
   * An answer, or news. A commit that it refuses gives way to the value in force, beside the words;
   * one that it only repeats as pending stays; another value ends a draft that its reader has left.
   *
   * @param {Told} told
   * @param {boolean} focused whether the reader is in the field
   */
  tell(told, focused) {
    if (told.value !== this.told.value && !focused) this.#forgetDraft();
    this.#waits = false;
    this.told = told;
    const own = this.#refused || this.#committed !== null;
    this.#refused = !told.pending && told.refusal !== "" && own;
    this.#committed = told.pending ? this.#inForce : null;
  }

  get #inForce() {
    const reading = read(this.knob, this.told.value);
    return reading.ok ? written(reading.value) : this.told.value;
  }

  #forgetDraft() {
    this.#draft = null;
    this.#mistake = "";
  }
}
