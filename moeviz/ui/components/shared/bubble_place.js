// Where a bubble stands, so that it covers nothing that must stay in sight. Pure.

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges */
/** @typedef {{width: number, height: number}} Size */

const GAP = 4; // pixels between control and bubble, and around it in the window

/**
 * The corner of a bubble: below its anchor, else above it, at the anchor's left edge or at its
 * right one; the first of these places that is whole in the window and covers nothing that is kept.
 * Where there is none it covers, and stays in the window.
 * @param {Edges} anchor
 * @param {Size} size
 * @param {Size} sight the window's
 * @param {Edges[]} kept
 */
export function placeOf(anchor, { width, height }, sight, kept) {
  const lefts = [anchor.left, anchor.right - width].map((left) =>
    Math.max(GAP, Math.min(left, sight.width - width - GAP))
  );
  const tops = [anchor.bottom + GAP, anchor.top - GAP - height];
  const places = tops.flatMap((top) => lefts.map((left) => ({ left, top })));
  const whole = places.filter(({ top }) => top >= 0 && top + height <= sight.height);
  /** @param {{left: number, top: number}} place */
  const isFree = ({ left, top }) =>
    kept.every((each) =>
      left >= each.right || left + width <= each.left || top >= each.bottom ||
      top + height <= each.top
    );
  return whole.find(isFree) ?? whole[0] ?? places[0];
}
