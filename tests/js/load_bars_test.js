// The load bars' scale, which bars are labelled, and which expert stands out.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  axisLabels,
  mostLoaded,
  scaleFor,
} from "../../moeviz/ui/components/load_bars/load_bars.js";
import { choose, point } from "../../moeviz/ui/components/load_bars/load_bars_chosen.js";
import { FakeElement } from "./fake_page.js";

/** @type {(load: number[] | null, n_experts?: number) => any} */
const oneLayer = (load, n_experts = 8) => ({
  arms: [{ n_experts, layers: [{ load, processed: load }] }],
});

/** @type {(load: number[] | null, n_experts?: number) => number} */
const firstScale = (load, n_experts) => scaleFor({ scale: 0, low: 0 }, oneLayer(load, n_experts));

test("before the first step the scale holds three times the fair share", () => {
  assert.equal(firstScale(null, 8), 0.5); // 37.5 %
  assert.equal(firstScale(null, 64), 0.05); // 4.7 %
});

test("the scale grows at once, so that no bar is cut", () => {
  const view = { scale: 0.5, low: 0 };
  assert.equal(scaleFor(view, oneLayer([0.51, 0.49])), 1);
});

test("it shrinks only when all bars have been well below for a while", () => {
  const view = { scale: 1, low: 0 };
  /** @param {number} highest */
  const update = (highest) => (view.scale = scaleFor(view, oneLayer([highest])));
  for (let i = 0; i < 15; i++) assert.equal(update(0.39), 1);
  assert.equal(update(0.39), 0.5);
});

test("a bar that comes near the top in between starts the wait anew", () => {
  const view = { scale: 1, low: 0 };
  /** @param {number} highest */
  const update = (highest) => (view.scale = scaleFor(view, oneLayer([highest])));
  for (let i = 0; i < 10; i++) update(0.3);
  assert.equal(update(0.41), 1); // more than 80 % of the lower scale
  for (let i = 0; i < 15; i++) assert.equal(update(0.3), 1);
  assert.equal(update(0.3), 0.5);
});

test("only bars well above the fair share are labelled, the tallest first, three at most", () => {
  assert.deepEqual(mostLoaded([0.125, 0.1, 0.5, 0.2], 0.125, 100), [2, 3]);
  assert.deepEqual(mostLoaded([0.3, 0.2, 0.25, 0.22, 0.03], 0.05, 100), [0, 2, 3]);
  assert.deepEqual(mostLoaded([0.125, 0.126], 0.125, 100), []);
});

test("a label lies neither over a taller bar nor over its label", () => {
  // labels are 30 pixels wide
  assert.deepEqual(mostLoaded([0.4, 0.3, 0.3], 0.05, 20), [0]); // 2's would lie over bar 1
  assert.deepEqual(mostLoaded([0.4, 0.1, 0.3], 0.05, 20), [0, 2]); // bar 1 is lower
  assert.deepEqual(mostLoaded([0.4, 0.3, 0.3], 0.05, 30), [0, 1, 2]);
});

test("labels beside the axis keep a line apart, whatever the capacity", () => {
  for (const height of [56, 116, 170]) {
    for (const scale of [0.05, 0.1, 0.25, 0.5, 1]) {
      for (const fair of [1 / 64, 1 / 8, 1 / 2].filter((each) => each < scale)) {
        for (const factor of [0.1, 0.25, 0.5, 0.9, 1, 1.1, 2, 8]) {
          const share = factor * fair <= scale ? factor * fair : null;
          const { fair: even, capacity, zero } = axisLabels(height, scale, fair, share);
          const shown = [even, ...(capacity === null ? [] : [capacity]), ...(zero ? [height] : [])];
          const gaps = shown.toSorted((a, b) => a - b).map((y, i, all) => y - (all[i - 1] ?? -99));
          const words = JSON.stringify({ height, scale, fair, factor, shown });
          if (even > 40) assert.ok(gaps.every((gap) => gap >= 13), words);
          assert.ok(shown.every((y) => y >= 13 && y <= height + 2), words);
        }
      }
    }
  }
});

test("a capacity below the even share has its label below, and no 0 under it", () => {
  const tight = axisLabels(170, 1, 0.125, 0.0127);
  assert.ok(tight.capacity !== null && tight.capacity > tight.fair);
  assert.equal(tight.zero, false);
  const near = axisLabels(116, 1, 0.125, 0.0254);
  assert.ok(near.capacity !== null && near.capacity > near.fair);
  const even = axisLabels(116, 0.5, 0.125, 0.125);
  assert.ok(even.capacity !== null && even.capacity < even.fair);
  assert.equal(even.zero, true);
});

/** A view of two models of two layers of four experts; no page lays it out. */
function fakeView() {
  const layer = () => ({
    bars: Array.from({ length: 4 }, () => ({ group: new FakeElement("g") })),
    hits: { buttons: Array.from({ length: 4 }, () => new FakeElement("button")) },
    readout: new FakeElement("span"),
  });
  const load = [0.1, 0.2, 0.3, 0.4];
  const shares = { load, processed: load };
  /** @type {any} */
  const view = {
    arms: [0, 1].map(() => ({ layers: [layer(), layer()] })),
    data: { arms: ["A", "B"].map((name) => ({ name, layers: [shares, shares] })) },
    ...{ pointed: null, chosen: null, select: () => {} },
  };
  const layers = view.arms.flatMap((/** @type {any} */ arm) => arm.layers);
  /** By layer, which bars are dimmed and what is read off. */
  const shown = () =>
    layers.map((/** @type {any} */ { bars, readout }) =>
      bars.map((/** @type {any} */ { group }) => group.classList.contains("dimmed") ? "·" : "#")
        .join("") + readout.textContent
    );
  const pressed = () =>
    layers.map((/** @type {any} */ { hits }) =>
      hits.buttons.findIndex((/** @type {any} */ each) =>
        each.getAttribute("aria-pressed") === "true"
      )
    );
  return { view, shown, pressed };
}

const NOTHING = ["####", "####", "####", "####"];

test("an expert that is pointed at stands out in its own layer of its own model alone", () => {
  const { view, shown } = fakeView();
  point(view, { arm: 1, layer: 0, expert: 3 });
  assert.deepEqual(shown(), ["####", "####", "···#expert 3: 40\u202f%", "####"]);
  point(view, null);
  assert.deepEqual(shown(), NOTHING);
});

test("the same number in another layer is another expert: it is chosen, not put back", () => {
  const { view, shown, pressed } = fakeView();
  choose(view, { arm: 0, layer: 0, expert: 2 });
  assert.deepEqual([shown()[0], pressed()], ["··#·expert 2: 30\u202f%", [2, -1, -1, -1]]);
  choose(view, { arm: 0, layer: 1, expert: 2 });
  assert.deepEqual(shown(), ["####", "··#·expert 2: 30\u202f%", "####", "####"]);
  assert.deepEqual(pressed(), [-1, 2, -1, -1]);
  choose(view, { arm: 0, layer: 1, expert: 2 });
  assert.deepEqual([shown(), pressed()], [NOTHING, [-1, -1, -1, -1]]);
});
