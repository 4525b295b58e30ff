// A few words in a bubble beside a control, on top of everything else on the page: no strip that
// scrolls clips it, nothing moves when it comes, and it covers no switch and no Start. Styles: shared.css.

import { placeOf } from "./bubble_place.js";
import { el, setText } from "./shared.js";

const FIELD = ".knob-input";
const KEPT = "[role=switch], .transport .main";
const FOLLOWED_MS = 200; // the page may move under it without any event

/** @type {Map<string, {setAside: () => void}>} the last of each class that was shown */
const newest = new Map();

/**
 * One bubble of a class is shown at a time: they would lie over each other. The words of an older
 * one stay in its node, for listeners, and come back by `show`.
 * @param {HTMLElement} anchor what it stands below; the bubble becomes its sibling's child
 * @param {string} className
 * @returns {{node: HTMLElement, say: (text: string) => void, show: () => void}} `say("")` takes it
 *   away
 */
export function bubble(anchor, className) {
  const node = el("div", `bubble ${className}`);
  node.popover = "manual";
  let leave = () => {};
  let aside = false;
  const own = {
    setAside() {
      aside = true;
      close();
    },
  };

  function place() {
    placeBelow(node, anchor, keptClear(anchor));
    if (!uncovered(anchor)) node.style.visibility = "hidden";
  }

  function close() {
    if (node.matches(":popover-open")) node.hidePopover();
    leave();
  }

  /** @param {string} text */
  function say(text) {
    if (text !== node.textContent) aside = false;
    setText(node, text);
    if (!text) close();
    else if (node.matches(":popover-open")) place();
    else if (node.isConnected && !aside) open();
  }

  function open() {
    const older = newest.get(className);
    if (older !== own) older?.setAside();
    newest.set(className, own);
    node.showPopover();
    leave = follow(node, place, () => say(""));
  }

  function show() {
    aside = false;
    say(node.textContent ?? "");
  }
  return { node, say, show };
}

/**
 * Keep a node below its anchor, wherever that is moved; returns what ends it.
 * @param {HTMLElement} node @param {HTMLElement} anchor
 * @param {{onGone?: () => void}} [options] `onGone`: when the page has taken the node away
 */
export function keepBelow(node, anchor, { onGone = () => {} } = {}) {
  return follow(node, () => placeBelow(node, anchor, []), onGone);
}

/**
 * Place a node now and whenever the page may have moved; returns what ends it.
 * @param {HTMLElement} node @param {() => void} place @param {() => void} onGone
 */
function follow(node, place, onGone) {
  const following = setInterval(() => {
    if (node.isConnected) return place();
    leave();
    return onGone();
  }, FOLLOWED_MS);
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", place);
  const leave = () => {
    clearInterval(following);
    removeEventListener("scroll", place, { capture: true });
    removeEventListener("resize", place);
  };
  place();
  return leave;
}

/**
 * Whether the middle of a control is seen: no strip has scrolled it away, and neither the page's
 * header nor an open box lies over it. Bubbles take no pointer, so they are no hindrance.
 * @param {HTMLElement} control
 */
function uncovered(control) {
  const root = control.getRootNode();
  if (!(root instanceof ShadowRoot || root instanceof Document)) return false;
  const { left, top, width, height } = control.getBoundingClientRect();
  return control.contains(root.elementFromPoint(left + width / 2, top + height / 2));
}

/**
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 * @param {Element[]} kept what it may not cover
 */
function placeBelow(node, anchor, kept) {
  const box = anchor.getBoundingClientRect();
  const sight = { width: document.documentElement.clientWidth, height: innerHeight };
  const seen = box.width > 0 && box.bottom > 0 && box.top < sight.height && box.right > 0 &&
    box.left < sight.width;
  node.style.visibility = seen ? "" : "hidden";
  const field = anchor.closest(FIELD) ?? anchor; // its label is no place for words about it
  const { left, top } = placeOf(
    {
      left: box.left,
      right: box.right,
      bottom: box.bottom,
      top: field.getBoundingClientRect().top,
    },
    { width: node.offsetWidth, height: node.offsetHeight },
    sight,
    kept.map((each) => each.getBoundingClientRect()),
  );
  node.style.left = `${left}px`;
  node.style.top = `${top}px`;
}

/** The controls that no bubble may cover. @param {HTMLElement} anchor */
function keptClear(anchor) {
  const root = anchor.getRootNode();
  const whole = root instanceof ShadowRoot || root instanceof Document;
  return whole ? [...root.querySelectorAll(KEPT)] : [];
}
