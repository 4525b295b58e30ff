// As many nodes as wanted, and those there are stay.

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepCount } from "../../moeviz/ui/components/shared/shared.js";

/** A parent whose children are names. */
function fakeParent() {
  /** @type {string[]} */
  const children = [];
  /** @type {any} */
  const parent = { append: (/** @type {{name: string}} */ { name }) => children.push(name) };
  /** @param {number} i */
  const make = (i) => {
    const name = `made ${i}`;
    /** @type {any} */
    const node = { name, remove: () => children.splice(children.indexOf(name), 1) };
    return { node };
  };
  return { parent, children, make };
}

test("new ones come last, and the last ones go first", () => {
  const { parent, children, make } = fakeParent();
  /** @type {ReturnType<typeof make>[]} */
  const items = [];
  keepCount(parent, items, 3, make);
  assert.deepEqual(children, ["made 0", "made 1", "made 2"]);
  const [first] = items;
  keepCount(parent, items, 1, make);
  assert.deepEqual(children, ["made 0"]);
  assert.equal(items.length, 1);
  keepCount(parent, items, 2, make);
  assert.deepEqual(children, ["made 0", "made 1"]);
  assert.equal(items[0], first);
});

test("none are wanted, none are left", () => {
  const { parent, children, make } = fakeParent();
  /** @type {ReturnType<typeof make>[]} */
  const items = [];
  keepCount(parent, items, 2, make);
  keepCount(parent, items, 0, make);
  assert.deepEqual(children, []);
  assert.deepEqual(items, []);
});
