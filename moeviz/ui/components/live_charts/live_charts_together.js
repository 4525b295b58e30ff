// Where lines run so close that one hides the other. Knows pixels only.

const NEAR = 2; // pixels
const LEAST = 10; // pixels along the steps: lines that cross do not run together

/**
 * The parts of paths that run along another path, and the others. Each part begins and ends where
 * its neighbour does, so that the line has no gap.
 * @param {number[][]} paths  each x, y, x, y, …, from left to right
 * @param {number[][]} others
 * @returns {{alone: number[][], together: number[][]}}
 */
export function partedBy(paths, others) {
  /** @type {{alone: number[][], together: number[][]}} */
  const parts = { alone: [], together: [] };
  for (const path of paths) {
    for (const { from, to, near } of stretches(path, others)) {
      (near ? parts.together : parts.alone).push(path.slice(2 * from, 2 * to + 2));
    }
  }
  return parts;
}

/**
 * A path's points from … to, whether they run along another; short stretches join those before.
 * @param {number[]} path
 * @param {number[][]} others
 */
function stretches(path, others) {
  const near = nearPoints(path, others);
  /** @type {{from: number, to: number, near: boolean}[]} */
  const found = [];
  for (let i = 1; i < near.length; i++) {
    const both = near[i - 1] && near[i];
    const last = found[found.length - 1];
    if (last?.near === both) last.to = i;
    else found.push({ from: i - 1, to: i, near: both });
  }
  return joined(
    found.map((each) => {
      const long = path[2 * each.to] - path[2 * each.from] >= LEAST;
      return { ...each, near: each.near && long };
    }),
  );
}

/** @param {{from: number, to: number, near: boolean}[]} parts */
function joined(parts) {
  /** @type {typeof parts} */
  const kept = [];
  for (const part of parts) {
    const last = kept[kept.length - 1];
    if (last?.near === part.near) last.to = part.to;
    else kept.push(part);
  }
  return kept;
}

/**
 * Which points of a path stand on one of the others.
 * @param {number[]} path
 * @param {number[][]} others
 */
function nearPoints(path, others) {
  const near = Array.from({ length: path.length / 2 }, () => false);
  for (const other of others) {
    let at = 0;
    near.forEach((known, i) => {
      const [x, y] = [path[2 * i], path[2 * i + 1]];
      while (at + 2 < other.length && other[at + 2] <= x) at += 2;
      if (!known && Math.abs(heightAt(other, at, x) - y) <= NEAR) near[i] = true;
    });
  }
  return near;
}

/**
 * The height of a path at a pixel, between its point at an index and the next; NaN beside it.
 * @param {number[]} path
 * @param {number} at
 * @param {number} x
 */
function heightAt(path, at, x) {
  const [left, low, right, high] = path.slice(at, at + 4);
  if (x < left || (right === undefined ? x > left : x > right)) return NaN;
  return right === undefined || x === left
    ? low
    : low + ((high - low) * (x - left)) / (right - left);
}
