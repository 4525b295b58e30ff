// Mixing colours and writing on them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { css, mix, textOn } from "../../moeviz/ui/components/shared/colours.js";

test("text is black on light and white on dark, whichever has more contrast", () => {
  assert.equal(textOn([255, 255, 255]), "#000");
  assert.equal(textOn([240, 228, 66]), "#000"); // yellow
  assert.equal(textOn([0, 0, 0]), "#fff");
  assert.equal(textOn([0, 114, 178]), "#fff"); // blue
});

test("greys turn from white text to black text between 117 and 118", () => {
  // relative luminance ((c/255 + 0.055)/1.055)^2.4: 0.178 at 117, 0.181 at 118
  assert.equal(textOn([117, 117, 117]), "#fff");
  assert.equal(textOn([118, 118, 118]), "#000");
});

test("text stands out from every colour by 4.5 to 1 at least", () => {
  /** @param {number[]} rgb as WCAG 2 defines it */
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (let i = 0; i < 16 ** 3; i++) {
    const rgb = [i >> 8, (i >> 4) & 15, i & 15].map((part) => part * 17);
    const text = textOn(rgb) === "#000" ? 0 : 1;
    const [low, high] = [text, luminance(rgb)].sort((a, b) => a - b);
    assert.ok((high + 0.05) / (low + 0.05) >= 4.5, `${rgb}`);
  }
});

test("a mixture lies between its two colours, nearest whole values", () => {
  assert.deepEqual(mix([0, 200, 10], [255, 100, 50], 0), [0, 200, 10]);
  assert.deepEqual(mix([0, 200, 10], [255, 100, 50], 1), [255, 100, 50]);
  assert.deepEqual(mix([0, 200, 10], [255, 100, 50], 0.25), [64, 175, 20]);
});

test("a colour is written with commas, the only form that Plotly reads", () => {
  assert.equal(css([1, 2, 3]), "rgb(1, 2, 3)");
});
