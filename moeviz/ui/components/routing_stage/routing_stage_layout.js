// Where everything stands: experts are rows, tokens are columns, in every scene. Each expert's row
// becomes its queue; the residual path runs below. Pure: facts and a width in, boxes out.

import { niceCeiling } from "../shared/shared.js";

/** @import { Facts, Assignment } from "./routing_stage_facts.js" */

/** @typedef {ReturnType<typeof frameOf>} Frame */

/** @typedef {ReturnType<typeof endsOf>} Ends */

/** @typedef {[x: number, y: number, width: number, height: number]} Box */

const WIDEST_COLUMN = 84;
const WIDEST_SLOT = 58;
const TALLEST_ROW = 42;
const TALLEST_MARK = 26;
const CAPTION = { beside: 18, above: 33 }; // where both fit no line, the line's label stands below the caption
const BESIDE_FROM = 760;
const GRID = { aligned: 224, wrapped: 204 };
const LANE = 30;
const LANE_GAP = 9;
const ALIGNED_FROM = 22;

/**
 * @param {Facts} facts
 * @param {number} viewWidth  in pixels; the picture may be wider
 */
export function frameOf(facts, viewWidth) {
  const { T, E } = facts;
  const narrow = viewWidth < 560;
  const [left, right] = narrow ? [42, 34] : [54, 48];
  const column = Math.min(
    WIDEST_COLUMN,
    Math.max(narrow ? 4.5 : 3, (viewWidth - left - right) / Math.max(1, T)),
  );
  const aligned = column >= ALIGNED_FROM;
  const pitch = Math.min(TALLEST_ROW, (aligned ? GRID.aligned : GRID.wrapped) / E);
  const gridHeight = pitch * E;
  const top = viewWidth < BESIDE_FROM ? CAPTION.above : CAPTION.beside;
  const frame = {
    narrow,
    top,
    left,
    column,
    aligned,
    pitch,
    gridHeight,
    viewWidth,
    width: Math.max(viewWidth, Math.ceil(left + right + column * T)),
    bottom: top + gridHeight,
    plotWidth: column * T,
    lane: { top: top + gridHeight + LANE_GAP, height: LANE },
    height: Math.ceil(top + gridHeight + LANE_GAP + LANE + 1),
    markHeight: Math.max(
      1.5,
      Math.min(TALLEST_MARK, pitch - (pitch > 16 ? 4 : pitch > 12 ? 3 : pitch > 5 ? 2 : 0.6)),
    ),
    ceiling: Math.max(1, ...facts.sums),
    shareTop: niceCeiling(Math.max(0.01, ...facts.shares)),
    longestVector: Math.max(1e-9, ...facts.plan.residual_norm),
  };
  return { ...frame, ...slotSizes(facts, frame, right) };
}

/**
 * Slots are as wide as the longest queue allows, so that a mark has room for its token.
 * @param {Facts} facts
 * @param {{viewWidth: number, left: number, narrow: boolean}} frame
 * @param {number} right
 */
function slotSizes(facts, { viewWidth, left, narrow }, right) {
  const { capacity } = facts.plan;
  const shownCapacity = capacity !== null && capacity <= 1.6 * facts.longest ? capacity : 0;
  const room = viewWidth - left - right - (narrow ? 24 : 96);
  return {
    slot: Math.min(WIDEST_SLOT, room / Math.max(facts.longest, shownCapacity)),
    capacityShown: shownCapacity > 0,
  };
}

/** @type {(frame: Frame, t: number) => number} */
export const columnX = (frame, t) => frame.left + t * frame.column;
/** @type {(frame: Frame, e: number) => number} */
export const rowY = (frame, e) => frame.top + e * frame.pitch;
/** @type {(frame: Frame, place: number) => number} */
export const slotX = (frame, place) => frame.left + 6 + place * frame.slot;
/** @type {(frame: Frame, capacity: number) => number} */
export const capacityX = (frame, capacity) => slotX(frame, capacity) - 1;

/**
 * The boxes [x, y, w, h] of all assignments at the end of each kind of scene, flat, four each; and how
 * high each token's bars stand, as parts of the room there is.
 * @param {Facts} facts
 * @param {Frame} frame
 */
export function endsOf(facts, frame) {
  /** @param {(assignment: Assignment, i: number) => Box} place */
  const all = (place) => {
    const boxes = new Float32Array(facts.assignments.length * 4);
    facts.assignments.forEach((assignment, i) => boxes.set(place(assignment, i), i * 4));
    return boxes;
  };
  const stack = all(stacking(facts, frame));
  return {
    cell: all((assignment) => cellBox(frame, assignment)),
    stack,
    line: all((assignment) =>
      slotBox(frame, assignment.chosen, Math.min(assignment.waits, facts.longest + 1))
    ), // the refused pile up
    queue: all((assignment) => slotBox(frame, assignment.sent, assignment.place)),
    slot: all((assignment) =>
      assignment.kept
        ? slotBox(frame, assignment.sent, assignment.place)
        : fallenBox(frame, assignment, facts.K)
    ),
    shares: Float32Array.from(facts.shares, (share) => share / frame.shareTop),
    stream: Float32Array.from(facts.plan.residual_norm, (norm) => norm / frame.longestVector),
    share: all((assignment, i) =>
      shareBox(facts, frame, assignment, stack.subarray(i * 4, i * 4 + 4))
    ),
  };
}

/**
 * @param {Frame} frame
 * @param {{token: number, chosen: number}} cell
 * @returns {Box}
 */
export function cellBox(frame, { token, chosen }) {
  const inset = frame.column > 12 ? 1.5 : 0.4;
  const [x, y] = [columnX(frame, token) + inset, rowY(frame, chosen)];
  const gap = frame.pitch > 12 ? 1.5 : frame.pitch > 5 ? 0.75 : 0.2;
  return [x, y + gap, frame.column - 2 * inset, frame.pitch - 2 * gap];
}

/**
 * Segments of a token's column: as high as its gate weight, the highest preference at the bottom.
 * @param {Facts} facts
 * @param {Frame} frame
 * @returns {(assignment: Assignment) => Box}  for the assignments in their order
 */
function stacking(facts, frame) {
  const scale = (frame.gridHeight - 2) / frame.ceiling;
  const below = new Float32Array(facts.T);
  return ({ token, gate }) => {
    const height = Math.max(0.5, gate * scale);
    const bottom = frame.bottom - below[token];
    below[token] += gate * scale;
    const width = Math.min(frame.column - (frame.column > 8 ? 3 : 0.8), 46);
    return [columnX(frame, token) + (frame.column - width) / 2, bottom - height, width, height];
  };
}

/**
 * @param {Frame} frame
 * @param {number} expert
 * @param {number} place
 * @returns {Box}
 */
function slotBox(frame, expert, place) {
  const y = rowY(frame, expert) + (frame.pitch - frame.markHeight) / 2;
  const gap = frame.slot > 10 ? 3 : 1;
  return [slotX(frame, place), y, Math.max(1.5, frame.slot - gap), frame.markHeight];
}

/**
 * @param {Frame} frame
 * @param {Assignment} assignment
 * @param {number} K
 * @returns {Box}
 */
function fallenBox(frame, { token, k }, K) {
  const height = Math.max(4, Math.min(16, (frame.lane.height - 6) / Math.min(K, 3)));
  const width = Math.min(frame.column - (frame.column > 8 ? 3 : 0.8), WIDEST_SLOT);
  const drop = K > 1
    ? ((frame.lane.height - 4 - height) * k) / (K - 1)
    : (frame.lane.height - 4 - height) / 2;
  return [
    columnX(frame, token) + (frame.column - width) / 2,
    frame.lane.top + 2 + drop,
    width,
    height,
  ];
}

/** @type {(frame: Frame, share: number) => number} */
const shareHeight = (frame, share) => (share / frame.shareTop) * (frame.gridHeight - 2);

/**
 * @param {Facts} facts
 * @param {Frame} frame
 * @param {Assignment} assignment
 * @param {Float32Array} stacked  its box as a segment of the column
 * @returns {Box}
 */
function shareBox(facts, frame, { token }, [x, y, width, height]) {
  const whole = Math.max(1e-6, (facts.sums[token] * (frame.gridHeight - 2)) / frame.ceiling);
  const scale = shareHeight(frame, facts.shares[token]) / whole;
  return [x, frame.bottom - (frame.bottom - y) * scale, width, height * scale];
}
