// The keyboard on the stage. What it uses goes no further: pages have shortcuts of their own.

/** @import { Deeds } from "./routing_stage_dom.js" */

/**
 * @param {HTMLElement} root
 * @param {Deeds} does
 */
export function listenToKeys(root, does) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.target instanceof HTMLElement)) return;
    if (handle(event, event.target, does)) event.preventDefault();
    if (USED.has(event.key)) event.stopPropagation();
  });
  root.addEventListener("keyup", (event) => {
    if (!USED.has(event.key)) return;
    event.stopPropagation();
    if (event.key === " " && walkable(event.target)) event.preventDefault(); // no click on a chip
  });
}

/**
 * Space and ← → also from the page around the stage, while it is in view and nothing else has the
 * focus. Returns what ends that.
 * @param {HTMLElement} root
 * @param {HTMLElement} body  hidden while there is nothing to play
 * @param {Deeds} does
 */
export function listenToPage(root, body, does) {
  /** @type {Record<string, () => void>} */
  const acts = { ArrowLeft: does.back, ArrowRight: does.next, " ": does.play };
  /** @param {KeyboardEvent} event */
  const hear = (event) => {
    if (
      event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey
    ) return;
    if (!acts[event.key] || body.hidden || !nothingHasFocus(root) || !inView(root)) return;
    event.preventDefault(); // Space scrolls no page
    if (event.key !== " " || !event.repeat) acts[event.key]();
  };
  globalThis.addEventListener("keydown", hear);
  return () => globalThis.removeEventListener("keydown", hear);
}

/**
 * Only the page itself, or what the stage scrolls in, may have it; and no dialog may be open.
 * @param {HTMLElement} root
 */
function nothingHasFocus(root) {
  const [active, home] = [document.activeElement, root.getRootNode()];
  const host = home instanceof ShadowRoot ? home.host : root;
  if (document.querySelector("[role=dialog]")) return false;
  return !active || (active !== host && active.contains(host));
}

/** @param {HTMLElement} root */
function inView(root) {
  const { top, height } = root.getBoundingClientRect();
  const middle = top + height / 2;
  return height > 0 && middle > 0 && middle < innerHeight;
}

const USED = new Set([
  " ",
  "Enter",
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
]);

/** @param {EventTarget | null} node */
const walkable = (node) => node instanceof Element && node.matches(".chip, .expert");

/**
 * Whether the key was used.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 * @param {Deeds} does
 */
function handle({ key, repeat }, target, does) {
  if (target.closest("details, .window") && !walkable(target)) return false; // it scrolls
  if (key === " ") return spaceBar(target, repeat, does);
  if (walkable(target) && walk(target, key)) return true;
  if (key === "Enter" && target.matches(".routing-stage")) return act(does.skip);
  /** @type {Record<string, () => void>} */
  const acts = { ArrowLeft: does.back, ArrowRight: does.next, Home: does.first, End: does.last };
  return acts[key] && !walkable(target) ? act(acts[key]) : false;
}

/**
 * @param {HTMLElement} target
 * @param {boolean} repeat
 * @param {Deeds} does
 */
function spaceBar(target, repeat, does) {
  if (target.matches("button") && !walkable(target)) return false; // it presses that button
  if (!repeat) does.play();
  return true;
}

/** @param {() => void} deed */
function act(deed) {
  deed();
  return true;
}

/**
 * Arrows walk over the tokens in reading order, or over the experts; Tab stops once a group.
 * @param {HTMLElement} node
 * @param {string} key
 */
function walk(node, key) {
  const all = [...(node.parentElement?.querySelectorAll("button") ?? [])];
  const from = all.findIndex((each) => each === node);
  const step = stepOf(key, from, all.length);
  if (step === undefined) return false;
  const next = all[Math.min(all.length - 1, Math.max(0, from + step))];
  node.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  return true;
}

/**
 * @param {string} key
 * @param {number} from
 * @param {number} count
 * @returns {number | undefined}
 */
function stepOf(key, from, count) {
  /** @type {Record<string, number>} */
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  return { ...steps, Home: -from, End: count - 1 - from }[key];
}
