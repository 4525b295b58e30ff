// The buttons that let a run train: Start or Pause, one step, back to step 0.

import { el, IN_A_FIELD, pressOnce, setText } from "../shared/shared.js";
import { ended } from "./words.js";

/** @typedef {import("./run_control.js").RunControl} RunControl */

/**
 * What a press leads to. state: the newest record since its answer; others: how many there were.
 * @typedef {{trains: boolean, state: any, others: number}} Wish
 */

const AT_LATEST_MS = 1000; // a run that ends at once tells one record only

/**
 * @param {RunControl} control
 * @param {{stepping: boolean, until?: () => string, onOutcome: (outcome: any) => void}} options
 */
export function buildTransport(control, { stepping, until = () => "", onOutcome }) {
  const node = el("div", "transport");
  const { node: main, label } = button("main", "Start", "Space");
  const { node: one } = button("step", "Step", "→");
  const { node: back } = button("back", "Back to step 0");
  node.append(main, ...(stepping ? [one] : []), back);
  /** @type {Map<HTMLElement, number>} presses of a button that wait for their answer */
  const waiting = new Map();

  /** @param {HTMLElement} pressed @param {string} act @param {Record<string, any>} [more] */
  const press = async (pressed, act, more) => {
    busy(pressed, 1);
    const outcome = await control.press(act, more);
    busy(pressed, -1);
    onOutcome(outcome);
    return outcome;
  };
  /** @param {HTMLElement} pressed @param {number} by */
  const busy = (pressed, by) => {
    const left = (waiting.get(pressed) ?? 0) + by;
    waiting.set(pressed, left);
    pressed.setAttribute("aria-busy", String(left > 0));
    update();
  };
  /** @type {Wish | null} a press, until a record has it */
  let wish = null;
  const going = () => wish?.trains ?? control.state?.trains ?? false;
  /**
   * @param {HTMLElement} pressed @param {string} act @param {boolean} trains what it leads to
   * @param {Record<string, any>} [more]
   */
  const lead = async (pressed, act, trains, more) => {
    /** @type {Wish} */
    const own = { trains, state: undefined, others: 0 };
    wish = own;
    const outcome = await press(pressed, act, more);
    if (wish !== own) return; // a later press has the word
    if (outcome.ok) {
      own.state = control.state;
      setTimeout(() => end(own), AT_LATEST_MS);
    } else wish = null;
    update();
  };
  /** @param {Wish} own */
  const end = (own) => {
    if (wish !== own) return;
    wish = null;
    update();
  };
  /** A record that was made before the press can follow the answer; the next one cannot. */
  const heard = () => {
    if (wish?.state === undefined) return;
    if (wish.state !== control.state) wish.others += 1;
    wish.state = control.state;
    if (control.state?.trains === wish.trains || wish.others > 1) wish = null;
  };
  main.addEventListener(
    "click",
    () => going() ? lead(main, "pause", false) : lead(main, "start", true, { until: until() }),
  );
  pressOnce(main);
  pressOnce(back);
  one.addEventListener("click", () => press(one, "step"));
  back.addEventListener("click", () => lead(back, "reset", false));

  const update = () => {
    const { state, ready } = control;
    heard();
    const fresh = !state || (state.step === 0 && state.state !== "recovering");
    setText(label, going() ? "Pause" : fresh ? "Start" : "Resume");
    main.disabled = !ready || ended(state);
    one.disabled = !ready || ended(state);
    back.disabled = !ready || !state || (fresh && !going());
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.defaultPrevented) return; // a chart walks its points by the same arrows
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ours = event.key === "ArrowRight" && node.contains(target); // no button walks by arrows
    if (!ours && target.closest?.(IN_A_FIELD)) return;
    const pressed = event.key === " " ? main : stepping && event.key === "ArrowRight" ? one : null;
    if (!pressed || pressed.disabled || !node.isConnected) return;
    if (node.checkVisibility?.() === false) return; // on Start, while the tour is shown
    event.preventDefault();
    if (event.repeat && pressed === main) return; // a key that is held starts or pauses once
    pressed.click();
  };
  document.addEventListener("keydown", onKey);
  update();
  return { node, update, end: () => document.removeEventListener("keydown", onKey) };
}

/** @param {string} kind @param {string} label @param {string} [key] */
function button(kind, label, key = "") {
  const node = el("button", kind);
  node.type = "button";
  const said = el("span", "", label);
  node.append(said);
  if (key) {
    const hint = el("kbd", "", key);
    hint.setAttribute("aria-hidden", "true");
    node.append(hint);
  }
  return { node, label: said };
}
