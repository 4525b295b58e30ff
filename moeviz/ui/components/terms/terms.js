// A bubble with a term's sentence at any link to the glossary: in the page's prose and, through
// their open shadow roots, in its components. It comes by hover, by keyboard and by a first touch,
// goes by Escape, and stays while the pointer is on it.

import { keepBelow } from "../shared/bubble.js";
import { adoptStyles, el, fetched, setAttribute, setText } from "../shared/shared.js";
import { termOf } from "../shared/term.js";

/** @import { Component, Root } from "../shared/shared.js" */

/** @typedef {Record<string, [name: string, sentence: string]>} Glossary */

/** @typedef {{end: () => void}} View */

const OPENS_AFTER_MS = 120; // a pointer that only passes by opens nothing
const NEW_TAB = "Opens in a new tab.";
const CLOSES_AFTER_MS = 200; // it can reach the bubble meanwhile

/** @type {Promise<Glossary> | undefined} */
let asked;

/** All terms: fetched once a tab, and kept by the browser. */
const glossary = () =>
  asked ??= fetched(new URL("../glossary.json", import.meta.url)).then((answer) => answer.json());

/** @param {Component<{}>} component */
export default async function terms({ parentElement }) {
  await adoptStyles(parentElement, new URL("terms.css", import.meta.url));
  const known = await glossary();
  /** @type {Root<View> | null} */
  const root = parentElement.querySelector(".terms");
  if (!root?.isConnected) return undefined;
  root.view ??= listen(root, known);
  return root.view.end;
}

/**
 * The bubble, below one link at a time.
 * @param {HTMLElement} root
 * @param {Glossary} known
 */
function buildBubble(root, known) {
  const [node, name, sentence, more] = [
    el("div", "bubble"),
    el("strong"),
    el("p"),
    el("a"),
  ];
  node.popover = "manual";
  node.setAttribute("role", "tooltip");
  Object.assign(more, { target: "_blank", tabIndex: -1 }); // Enter on the term does the same
  node.append(name, sentence, more);
  root.replaceChildren(node);
  /** @type {HTMLAnchorElement | null} */
  let link = null;
  let leave = () => {};

  function close() {
    link = null;
    leave();
    if (node.matches(":popover-open")) node.hidePopover();
  }

  /** @param {HTMLAnchorElement} next */
  function open(next) {
    const entry = known[termOf(next.href)];
    if (!entry || link === next) return;
    close();
    link = next;
    setText(name, entry[0]);
    setText(sentence, entry[1]);
    more.href = next.href;
    const leaves = !entryOf(next);
    setAttribute(next, "aria-description", leaves ? `${entry[1]} ${NEW_TAB}` : entry[1]);
    setText(more, leaves ? "Open the glossary in a new tab" : "Go to the entry");
    node.showPopover();
    leave = keepBelow(node, next, { onGone: close });
  }
  return {
    node,
    open,
    close,
    get link() {
      return link;
    },
  };
}

/**
 * @param {Root<View>} root
 * @param {Glossary} known
 * @returns {View}
 */
function listen(root, known) {
  const bubble = buildBubble(root, known);
  const gone = new AbortController();
  const heard = { signal: gone.signal, capture: true };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  /** @type {object | null} the link that opens next, or the bubble that closes */
  let planned = null;
  /** @type {HTMLAnchorElement | null} */
  let focused = null;
  /** @type {HTMLAnchorElement | null} the one whose bubble Escape has closed under the pointer */
  let dismissed = null;
  let touched = false;

  const settle = () => {
    clearTimeout(waiting);
    planned = null;
  };
  /** @param {object} next @param {() => void} act @param {number} ms */
  const plan = (next, act, ms) => {
    if (next === planned) return;
    settle();
    planned = next;
    waiting = setTimeout(() => {
      settle();
      act();
    }, ms);
  };
  /** @param {() => void} act */
  const now = (act) => {
    settle();
    act();
  };

  /** @param {PointerEvent} event */
  const pointed = (event) => {
    if (event.pointerType === "touch") return;
    const link = linkAt(event);
    if (link !== dismissed) dismissed = null;
    const stays = event.composedPath().includes(bubble.node) || (link && link === bubble.link);
    if (stays || (link && link === dismissed)) settle();
    else if (link) plan(link, () => bubble.open(link), OPENS_AFTER_MS);
    else if (bubble.link && bubble.link !== focused) plan(bubble, bubble.close, CLOSES_AFTER_MS);
    else settle();
  };
  document.addEventListener("pointerover", pointed, heard);
  document.addEventListener("pointermove", pointed, heard); // it may have rested here while we load

  const follow = () => {
    const before = focused;
    focused = touched ? null : linkInFocus();
    if (focused && focused !== before) now(() => focused && bubble.open(focused));
    else if (!focused && before && bubble.link === before) now(bubble.close);
  };
  document.addEventListener("focusin", follow, heard);
  document.addEventListener("focusout", () => setTimeout(follow), heard); // when it is elsewhere
  document.addEventListener("keyup", ({ key }) => key === "Tab" && follow(), heard);

  document.addEventListener("keydown", ({ key }) => {
    touched = false;
    if (key !== "Escape") return;
    dismissed = bubble.link;
    now(bubble.close);
  }, heard);

  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    const inside = event.composedPath().includes(bubble.node) || linkAt(event);
    if (!inside) now(bubble.close);
  }, heard);

  document.addEventListener("click", (event) => {
    const link = linkAt(event);
    if (!link) return;
    const inside = event.composedPath().includes(bubble.node);
    if (touched && !inside && link !== bubble.link) {
      event.preventDefault();
      now(() => bubble.open(link));
    } else if (goWithinPage(link)) {
      event.preventDefault();
      now(bubble.close);
    }
  }, heard);

  return {
    end() {
      settle();
      gone.abort();
      bubble.close();
      delete root.view; // the same nodes may be mounted again
    },
  };
}

/**
 * The link to a term that an event happens on, inside of components too.
 * @param {Event} event
 */
function linkAt(event) {
  const [inner] = event.composedPath();
  const link = inner instanceof Element ? inner.closest("a") : null;
  return link && termOf(link.href) ? link : null;
}

/**
 * The link to a term that the keyboard has come to. No event tells the document that the focus has
 * moved inside of one shadow root.
 */
function linkInFocus() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  if (!(node instanceof HTMLAnchorElement) || !termOf(node.href)) return null;
  return node.matches(":focus-visible") ? node : null;
}

/**
 * On the glossary's own page the entry is there already.
 * @param {HTMLAnchorElement} link
 */
const entryOf = (link) => document.querySelector(`.st-key-term_${termOf(link.href)}`);

/** @param {HTMLAnchorElement} link */
function goWithinPage(link) {
  const entry = entryOf(link);
  entry?.scrollIntoView();
  return entry !== null;
}
