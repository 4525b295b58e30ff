// Lines that agree: both are seen.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCharts } from "../../moeviz/ui/components/live_charts/live_charts_draw.js";
import { frameOf } from "../../moeviz/ui/components/live_charts/live_charts_frame.js";
import { partedBy } from "../../moeviz/ui/components/live_charts/live_charts_together.js";
import { line, measure, modelOf } from "./live_charts_models.js";

/** @param {[number, number][]} points */
const path = (...points) => points.flat();

const FLAT = path([0, 50], [100, 50], [200, 50]);

test("a path that runs along another is together with it, and alone where they part", () => {
  const own = path([0, 50], [40, 51], [100, 50], [140, 80], [200, 90]);
  const { alone, together } = partedBy([own], [FLAT]);
  assert.deepEqual(together, [path([0, 50], [40, 51], [100, 50])]);
  assert.deepEqual(alone, [path([100, 50], [140, 80], [200, 90])]);
});

test("the other path is met between its points, and not beyond its ends", () => {
  const slope = path([0, 0], [100, 100]);
  assert.equal(partedBy([path([20, 20], [60, 61])], [slope]).together.length, 1);
  assert.equal(partedBy([path([101, 101], [160, 160])], [slope]).together.length, 0);
});

test("lines that cross are not together", () => {
  const own = path([0, 90], [90, 60], [96, 51], [99, 49], [104, 48], [200, 10]);
  assert.deepEqual(partedBy([own], [FLAT]), { alone: [own], together: [] });
});

test("no part of a path is lost, whatever runs beside it", () => {
  const own = Array.from({ length: 60 }, (_, i) => [i * 5, 50 + 4 * Math.sin(i)]).flat();
  const { alone, together } = partedBy([own], [FLAT]);
  const parts = [...alone, ...together].sort(([one], [other]) => one - other);
  assert.deepEqual(parts[0].slice(0, 2), own.slice(0, 2));
  parts.slice(1).forEach((part, i) => assert.deepEqual(part.slice(0, 2), parts[i].slice(-2)));
  assert.deepEqual(parts.at(-1)?.slice(-2), own.slice(-2));
});

/** What is drawn in each colour, as strokes and dots. @param {any[]} series */
function strokes(series) {
  /** @type {Map<string, any[]>} */
  const drawn = new Map();
  const silent = () => {};
  const surface = {
    ...{ rect: silent, text: silent, heat: silent },
    /** @type {import("../../moeviz/ui/components/live_charts/live_charts_surface.js").Surface["dot"]} */
    dot(_, __, radius, colour) {
      drawn.set(colour, [...drawn.get(colour) ?? [], { radius }]);
    },
    clip: (/** @type {any} */ _, /** @type {() => void} */ draw) => draw(),
    lines: (/** @type {number[][]} */ paths, /** @type {any} */ stroke) => {
      if (paths.length) {
        drawn.set(stroke.colour, [...drawn.get(stroke.colour) ?? [], { paths, ...stroke }]);
      }
    },
  };
  const frame = frameOf(
    modelOf(series, { lastStep: 200 }),
    { width: 800, height: 300, compact: true },
    ...[null, null, measure],
  );
  const look = {
    ink: "i",
    muted: "m",
    faint: "f",
    accent: "a",
    paper: "p",
    family: "",
    dark: false,
  };
  drawCharts(frame, "", look, surface);
  return drawn;
}

/** @param {number} models @param {boolean} [dash] */
const agreeing = (models, dash = false) =>
  Array.from(
    { length: models },
    (_, i) => line({ name: `M${i}`, colour: `#${i}`, dash, x: [1, 100, 200], y: [3, 2, 1] }),
  );

/**
 * Whether a dashed stroke shows at a distance along it.
 * @param {{dash?: number[], offset?: number}} stroke
 * @param {number} at
 */
function shows({ dash = [], offset = 0 }, at) {
  if (!dash.length) return true;
  const period = dash.reduce((sum, each) => sum + each, 0);
  return (((at + offset) % period) + period) % period < dash[0];
}

for (const models of [2, 3, 4]) {
  test(`of ${models} models that agree each line shows somewhere`, () => {
    const drawn = strokes(agreeing(models));
    const order = [...Array(models).keys()].map((i) =>
      drawn.get(`#${i}`)?.find(({ width }) => width === 2)
    );
    const seen = new Set();
    for (let at = 0; at < 100; at += 0.5) {
      seen.add(order.findLastIndex((stroke) => shows(stroke, at)));
    }
    assert.deepEqual([...seen].sort(), [...Array(models).keys()]);
  });
}

test("dashed lines that agree show both as well", () => {
  const drawn = strokes(agreeing(2, true));
  const [one, other] = [0, 1].map((i) => drawn.get(`#${i}`)?.find(({ width }) => width === 1.6));
  const alone = Array.from({ length: 90 }, (_, at) => shows(one, at) && !shows(other, at));
  assert.ok(alone.filter(Boolean).length > 20);
});

test("lines that part are drawn whole", () => {
  const [a, b] = agreeing(2);
  const drawn = strokes([a, { ...b, y: [6, 5, 4] }]);
  assert.deepEqual(drawn.get("#1")?.find(({ width }) => width === 2)?.dash, undefined);
});

test("of points that agree the earlier model's shows around the later one's", () => {
  const drawn = strokes(agreeing(3).map((each) => ({ ...each, x: [1], y: [3] })));
  const radii = [0, 1, 2].map((i) => drawn.get(`#${i}`)?.find(({ radius }) => radius).radius);
  assert.ok(radii[0] > radii[1] && radii[1] > radii[2]);
});
