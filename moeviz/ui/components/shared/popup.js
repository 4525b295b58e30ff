// A button that opens a box of controls above everything else on the page: no strip that scrolls
// clips it. The browser keeps one open at a time and closes it by Escape or a press elsewhere.
// Styles: live_run.css.

import { keepBelow } from "./bubble.js";
import { button, el } from "./shared.js";

/**
 * @param {string} name a class
 * @param {string} label of the button
 * @param {() => void} [onOpen]
 */
export function buildPopup(name, label, onOpen = () => {}) {
  const node = el("div", `${name} popup`);
  const opener = button("opener", label);
  const box = el("div", "box");
  box.popover = "auto";
  opener.popoverTargetElement = box;
  node.append(opener, box);
  let leave = () => {};
  box.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") onOpen();
  });
  box.addEventListener("toggle", (event) => {
    leave();
    leave = event.newState === "open" ? keepBelow(box, opener) : () => {};
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    box.hidePopover();
    opener.focus(); // browsers lose the focus where the box lies in a shadow root
  });
  return {
    node,
    opener,
    box,
    get open() {
      return box.matches(":popover-open");
    },
    close: () => box.hidePopover(),
  };
}
