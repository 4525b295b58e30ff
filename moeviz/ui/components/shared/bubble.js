// A few words in a bubble below a control, above everything else on the page: no strip that
// scrolls clips it, and nothing moves when it comes. Styles: knob_input.css.

import { el, setText } from "./shared.js";

const GAP = 4; // pixels between control and bubble, and around it in the window
const FOLLOWED_MS = 200; // the page may move under it without any event

/**
 * @param {HTMLElement} anchor what it stands below; the bubble becomes its sibling's child
 * @param {string} className
 * @returns {{node: HTMLElement, say: (text: string) => void}} `say("")` takes it away
 */
export function bubble(anchor, className) {
  const node = el("div", `bubble ${className}`);
  node.popover = "manual";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let following;
  const place = () => placeBelow(node, anchor);

  /** @param {string} text */
  function say(text) {
    setText(node, text);
    const open = node.matches(":popover-open");
    if (text && node.isConnected && !open) {
      node.showPopover();
      addEventListener("scroll", place, { capture: true, passive: true });
      addEventListener("resize", place);
      following = setInterval(() => node.isConnected ? place() : say(""), FOLLOWED_MS);
    } else if (!text && (open || following !== undefined)) {
      if (open) node.hidePopover();
      removeEventListener("scroll", place, { capture: true });
      removeEventListener("resize", place);
      clearInterval(following);
      following = undefined;
    }
    if (text) place();
  }
  return { node, say };
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
