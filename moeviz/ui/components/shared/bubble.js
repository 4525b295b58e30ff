// A few words in a bubble below a control, above everything else on the page: no strip that
// scrolls clips it, and nothing moves when it comes. Styles: shared.css.

import { el, setText } from "./shared.js";

const GAP = 4; // pixels between control and bubble, and around it in the window
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

  function close() {
    if (node.matches(":popover-open")) node.hidePopover();
    leave();
  }

  /** @param {string} text */
  function say(text) {
    if (text !== node.textContent) aside = false;
    setText(node, text);
    if (!text) close();
    else if (node.matches(":popover-open")) placeBelow(node, anchor);
    else if (node.isConnected && !aside) open();
  }

  function open() {
    const older = newest.get(className);
    if (older !== own) older?.setAside();
    newest.set(className, own);
    node.showPopover();
    leave = keepBelow(node, anchor, () => say(""));
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
 * @param {() => void} [onGone] when the page has taken the node away
 */
export function keepBelow(node, anchor, onGone = () => {}) {
  const place = () => placeBelow(node, anchor);
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

/** @param {HTMLElement} node @param {HTMLElement} anchor */
function placeBelow(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const [width, height] = [document.documentElement.clientWidth, innerHeight];
  const seen = box.width > 0 && box.bottom > 0 && box.top < height && box.right > 0 &&
    box.left < width;
  node.style.visibility = seen ? "" : "hidden";
  const left = Math.min(box.left, width - node.offsetWidth - GAP);
  const below = box.bottom + GAP;
  const fits = below + node.offsetHeight <= height || box.top < node.offsetHeight + GAP;
  node.style.left = `${Math.max(GAP, left)}px`;
  node.style.top = `${fits ? below : box.top - GAP - node.offsetHeight}px`;
}
