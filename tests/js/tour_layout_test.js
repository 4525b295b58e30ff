// The picture's parts stand inside its frame and beside each other, wide and upright.

import assert from "node:assert/strict";
import { test } from "node:test";

import { layoutOf } from "../../moeviz/ui/components/tour/tour_layout.js";

const TEXTS = [
  ["2", "+", "2", "=", "4", ".", "def", "m", "a", "in", "()", ":", "return", "x"],
  ["x"],
  Array.from({ length: 14 }, () => "internationally"),
];
const LAYOUTS = TEXTS.flatMap((tokens) =>
  [8, 16, 64].flatMap((experts) =>
    [false, true].map((upright) => ({ tokens, experts, at: layoutOf(tokens, experts, upright) }))
  )
);

/** @typedef {import("../../moeviz/ui/components/tour/tour_layout.js").Box} Box */

/** @param {Box} a @param {Box} b */
const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

for (const { tokens, experts, at } of LAYOUTS) {
  const name = `${tokens.length} tokens, ${experts} experts, ${at.upright ? "upright" : "wide"}`;
  /** @type {[string, Box][]} */
  const boxes = [
    ...at.chips.map((box, i) => /** @type {[string, Box]} */ ([`token ${i}`, box])),
    ["attention", at.attention],
    ["vector", at.vector],
    ["router", at.router],
    ...at.experts.map((box, i) => /** @type {[string, Box]} */ ([`expert ${i}`, box])),
    ...at.experts.map((_, i) => /** @type {[string, Box]} */ ([`score ${i}`, at.score(i, 1)])),
    ["plus", { x: at.plus.x - 13, y: at.plus.y - 13, w: 26, h: 26 }],
  ];

  test(`nothing covers anything else: ${name}`, () => {
    boxes.forEach(([one, a], i) => {
      for (const [other, b] of boxes.slice(i + 1)) {
        assert.ok(!overlap(a, b), `${one} and ${other}`);
      }
    });
  });

  test(`all is inside the frame: ${name}`, () => {
    for (const [part, { x, y, w, h }] of boxes) {
      assert.ok(x >= 0 && y >= 0 && x + w <= at.width && y + h <= at.height, part);
    }
    for (let e = 0; e < experts; e++) {
      const { x, y } = at.gate(e);
      assert.ok(x >= 28 && x + 28 <= at.width && y >= 13 && y + 13 <= at.height, `gate ${e}`);
    }
    for (let i = 0; i < 4; i++) assert.ok(at.next(i).y + 8 <= at.height, `guess ${i}`);
  });

  test(`a token has a way from its place to the guess: ${name}`, () => {
    const last = tokens.length - 1;
    assert.equal(at.stations(0).length, at.legs(last, 0).length + 1);
    assert.ok(at.legs(last, experts - 1).every((d) => /^M[\d.-]+ /.test(d) && !d.includes("NaN")));
  });
}
