// The page is marked from the first key until the text that stands there is the one that was read.

import assert from "node:assert/strict";
import { test } from "node:test";

import unreadText from "../../moeviz/ui/components/unread_text/unread_text.js";
import { withFakeClock } from "./fake_clock.js";

/** A document with one text area, and what the page says. @param {string} value */
function page(value) {
  const area = { value };
  /** @type {Set<(event: any) => void>} */
  const hearing = new Set();
  const marks = new Set();
  Object.assign(globalThis, {
    document: {
      querySelector: () => area,
      addEventListener: (/** @type {string} */ _, /** @type {any} */ hear) => hearing.add(hear),
      removeEventListener: (/** @type {string} */ _, /** @type {any} */ hear) =>
        hearing.delete(hear),
      documentElement: {
        toggleAttribute: (/** @type {string} */ name, /** @type {boolean} */ on) =>
          on ? marks.add(name) : marks.delete(name),
      },
    },
  });
  const root = { textContent: "", isConnected: true };
  return {
    root,
    /** @param {string} text */
    draw: (text) =>
      unreadText(
        /** @type {any} */ ({
          data: { field: "own_text", text, said: "Not read." },
          parentElement: { querySelector: () => root },
        }),
      ),
    /** @param {string} text @param {object} target */
    type: (text, target = area) => {
      area.value = text;
      for (const hear of hearing) hear({ target });
    },
    /** @param {string} text */
    put: (text) => area.value = text,
    unread: () => marks.has("data-unread"),
    listeners: () => hearing.size,
  };
}

test("the first key marks the page, and reading the text takes the mark away", () =>
  withFakeClock(() => {
    const { draw, type, unread, root } = page("a");
    draw("a");
    assert.equal(unread(), false);
    type("ab");
    assert.deepEqual([unread(), root.textContent], [true, "Not read."]);
    draw("ab");
    assert.deepEqual([unread(), root.textContent], [false, ""]);
  }));

test("a text that was typed on while it was read stays unread", () =>
  withFakeClock(() => {
    const { draw, type, unread } = page("a");
    draw("a");
    type("ab");
    type("abc");
    draw("ab");
    assert.equal(unread(), true);
  }));

test("what the page itself puts into the area is no unread text", () =>
  withFakeClock((clock) => {
    const { draw, type, put, unread } = page("a");
    draw("a");
    draw("example"); // the area follows later
    assert.equal(unread(), false);
    type("ex");
    put("example");
    assert.equal(unread(), true);
    clock.pass(300);
    assert.equal(unread(), false);
  }));

test("line ends of other systems are the same text, other fields are none of it", () =>
  withFakeClock(() => {
    const { draw, type, unread } = page("a\nb");
    draw("a\r\nb");
    type("a\nb", {});
    type("a\nb");
    assert.equal(unread(), false);
  }));

test("a page that is left hears nothing more and keeps no mark", () =>
  withFakeClock((clock) => {
    const { root, draw, type, unread, listeners } = page("a");
    const gone = draw("a");
    type("ab");
    root.isConnected = false;
    gone?.();
    clock.pass(1);
    assert.deepEqual([unread(), listeners()], [false, 0]);
  }));
