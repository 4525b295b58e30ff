// A bubble stands beside its control and off the switches.

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../../moeviz/ui/components/shared/bubble_place.js";

const SIGHT = { width: 1280, height: 800 };
const FIELD = { left: 600, right: 800, top: 100, bottom: 164 };
const SIZE = { width: 280, height: 60 };

test("it stands below its field, at the field's left edge", () => {
  assert.deepEqual(placeOf(FIELD, SIZE, SIGHT, []), { left: 600, top: 168 });
});

test("it stays in the window at the right and at the left", () => {
  const right = { ...FIELD, left: 1100, right: 1270 };
  assert.equal(placeOf(right, SIZE, SIGHT, []).left, 1280 - 280 - 4);
  const phone = { ...FIELD, left: 1, right: 150 };
  assert.equal(placeOf(phone, SIZE, { width: 290, height: 800 }, []).left, 4);
});

test("a switch below it sends it to the field's other edge, and one across both above the field", () => {
  const aside = { left: 850, right: 900, top: 180, bottom: 210 };
  assert.deepEqual(placeOf(FIELD, SIZE, SIGHT, [aside]), { left: 520, top: 168 });
  const across = { left: 560, right: 900, top: 180, bottom: 210 };
  assert.deepEqual(placeOf(FIELD, SIZE, SIGHT, [across]), { left: 600, top: 100 - 4 - 60 });
});

test("where no place is free it covers, but is whole in the window", () => {
  const everywhere = { left: 0, right: 1280, top: 0, bottom: 800 };
  assert.deepEqual(placeOf(FIELD, SIZE, SIGHT, [everywhere]), { left: 600, top: 168 });
  const low = { ...FIELD, top: 700, bottom: 764 };
  assert.deepEqual(placeOf(low, SIZE, SIGHT, []), { left: 600, top: 700 - 4 - 60 });
});
