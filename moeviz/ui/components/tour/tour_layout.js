// Where the parts of the tour's picture stand: side by side, or upright on a phone. Pure.

/** @typedef {{x: number, y: number, w: number, h: number}} Box */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {{x: number, y: number, part: string, text: string, small?: boolean, anchor?: string}} Head */

/**
 * @typedef {object} Layout
 * @property {boolean} upright
 * @property {number} width
 * @property {number} height
 * @property {Box[]} chips one a token
 * @property {Box} attention
 * @property {Box} vector
 * @property {number} vectorColumns
 * @property {Box} router
 * @property {Box[]} experts
 * @property {Box} network the one that stands for all experts before they are split
 * @property {(e: number, share: number) => Box} score the bar of a share of the largest score
 * @property {(e: number) => Point} scoreLabel
 * @property {(e: number) => Point} gate the middle of the gate weight
 * @property {Point} plus
 * @property {(row: number) => Point} next the left end of a guess, its middle
 * @property {number} nextBar length of the longest
 * @property {(e: number) => Point[]} stations see `wayAt`; the first is that of the followed chip
 * @property {(token: number, e: number) => string[]} legs from station to station
 * @property {string[]} networkLegs from the vector to the network, and from there to the sum
 * @property {(token: number) => string} looks of a token into attention
 * @property {string} residual
 * @property {Head[]} heads
 * @property {Point} note where the picture says what it shows
 */

const CHIP_GAP = 6;
/** Characters of a token that have room. */
export const MOST_SHOWN = 7;

/** @param {Box} box */
export const middle = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });

/**
 * @param {string[]} tokens for the eye
 * @param {number} experts
 * @param {boolean} upright
 * @returns {Layout}
 */
export const layoutOf = (tokens, experts, upright) =>
  upright ? uprightLayout(tokens, experts) : wideLayout(tokens, experts);

/** @param {string} text */
const chipWidth = (text) => Math.max(30, 14 + 8 * Math.min(MOST_SHOWN, [...text].length));

/** A smooth line from left to right. @param {Point} a @param {Point} b */
const across = (a, b) => {
  const half = (a.x + b.x) / 2;
  return `M${a.x} ${a.y} C${half} ${a.y} ${half} ${b.y} ${b.x} ${b.y}`;
};

/** A smooth line downwards. @param {Point} a @param {Point} b */
const down = (a, b) => {
  const half = (a.y + b.y) / 2;
  return `M${a.x} ${a.y} C${a.x} ${half} ${b.x} ${half} ${b.x} ${b.y}`;
};

/** @param {string[]} tokens @param {number} n @returns {Layout} */
function wideLayout(tokens, n) {
  const [width, height, top] = [860, 552, 48];
  const area = height - top - 42;
  const mid = top + area / 2;
  const gap = Math.min(34, area / tokens.length);
  const firstChip = mid - (gap * tokens.length) / 2;
  const chips = tokens.map((_, i) => ({ x: 4, y: firstChip + i * gap + 2, w: 62, h: gap - 4 }));
  const attention = { x: 98, y: top, w: 62, h: area };
  const vector = { x: 188, y: mid - 64, w: 32, h: 128 };
  const router = { x: 254, y: mid - 104, w: 30, h: 208 };
  const row = area / n;
  const rows = Array.from({ length: n }, (_, e) => top + (e + 0.5) * row);
  const boxes = rows.map((y) => ({ x: 426, y: y - row / 2 + 2, w: 116, h: row - 4 }));
  const network = { x: 290, y: mid - 76, w: 200, h: 152 };
  const gate = (/** @type {number} */ e) => ({ x: 592, y: rows[e] });
  const plus = { x: 656, y: mid };
  const exit = { x: attention.x + attention.w, y: mid };
  const [nextX, nextBar] = [696, 76];
  /** @param {number} e */
  const stations = (e) => [
    { x: 35, y: mid },
    { x: attention.x + attention.w / 2, y: mid },
    middle(vector),
    middle(router),
    { x: 320, y: rows[e] },
    middle(boxes[e]),
    gate(e),
    plus,
    { x: nextX, y: mid },
  ];
  return {
    ...{ upright: false, width, height, chips, attention, vector, router, network, plus, gate },
    vectorColumns: 4,
    experts: boxes,
    score: (e, share) => {
      const h = Math.min(10, row - 1.5);
      return { x: 314, y: rows[e] - h / 2, w: Math.max(2, 62 * share), h };
    },
    scoreLabel: (e) => ({ x: 382, y: rows[e] + 4 }),
    next: (i) => ({ x: nextX, y: mid + (i - 1.5) * 28 }),
    nextBar,
    stations,
    legs: (token, e) => [
      across({ x: 66, y: middle(chips[token]).y }, exit),
      across(exit, { x: vector.x, y: mid }),
      across({ x: vector.x + vector.w, y: mid }, { x: router.x, y: mid }),
      across({ x: router.x + router.w, y: mid }, { x: 312, y: rows[e] }),
      `M412 ${rows[e]} H${boxes[e].x}`,
      `M${boxes[e].x + boxes[e].w} ${rows[e]} H${gate(e).x - 28}`,
      across({ x: gate(e).x + 28, y: rows[e] }, { x: plus.x - 13, y: mid }),
      `M${plus.x + 13} ${mid} H${nextX - 8}`,
    ],
    networkLegs: [
      `M${vector.x + vector.w} ${mid} H${network.x}`,
      `M${network.x + network.w} ${mid} H${plus.x - 13}`,
    ],
    looks: (t) => across({ x: 66, y: middle(chips[t]).y }, exit),
    residual: `M204 ${vector.y + vector.h} V${height - 24} H${plus.x} V${mid + 13}`,
    heads: [
      { x: 35, y: 14, part: "tokens", text: "tokens" },
      { x: 129, y: 14, part: "attention", text: "attention" },
      { x: 129, y: 30, part: "attention", text: "sees earlier tokens", small: true },
      { x: 204, y: 14, part: "vector", text: "vector" },
      { x: 269, y: 14, part: "router", text: "router" },
      { x: 344, y: 14, part: "scores", text: "scores" },
      { x: 484, y: 14, part: "experts", text: `${n} experts` },
      { x: 484, y: 30, part: "experts", text: "feed-forward networks", small: true },
      { x: 390, y: 14, part: "network", text: "feed-forward network" },
      { x: 592, y: 14, part: "gate", text: "gate weight" },
      { x: 760, y: 14, part: "next", text: "next token" },
      { x: 760, y: 30, part: "next", text: "the model’s guess", small: true },
      {
        ...{ x: 214, y: height - 30, part: "residual", small: true, anchor: "start" },
        text: "the vector itself goes on, too",
      },
    ],
    note: { x: width, y: height - 4 },
  };
}

/** @param {string[]} tokens @param {number} n @returns {Layout} */
function uprightLayout(tokens, n) {
  const [width, right, mid] = [358, 330, 165];
  let [x, y] = [0, 24];
  const chips = tokens.map((text) => {
    const w = chipWidth(text);
    if (x + w > width) [x, y] = [0, y + 32];
    const box = { x, y, w, h: 26 };
    x += w + CHIP_GAP;
    return box;
  });
  const attention = { x: 0, y: y + 44, w: right, h: 26 };
  const vector = { x: mid - 56, y: attention.y + 46, w: 112, h: 24 };
  const router = { x: 90, y: vector.y + 46, w: 150, h: 24 };
  const base = router.y + 92; // of the scores
  const column = right / n;
  const columns = Array.from({ length: n }, (_, e) => (e + 0.5) * column);
  const boxes = columns.map((at) => ({
    ...{ x: at - column / 2 + 1.5, y: base + 8, w: column - 3, h: 52 },
  }));
  const network = { x: 40, y: router.y + 6, w: 250, h: 132 };
  const gateY = base + 96;
  const gate = (/** @type {number} */ e) => ({
    x: Math.min(Math.max(columns[e], 32), right - 32),
    y: gateY,
  });
  const plus = { x: mid, y: gateY + 46 };
  const exit = { x: mid, y: attention.y + attention.h };
  const nextY = plus.y + 58;
  /** @param {number} e */
  const stations = (e) => [
    { x: mid, y: attention.y - 20 },
    middle(attention),
    middle(vector),
    middle(router),
    { x: columns[e], y: base - 14 },
    middle(boxes[e]),
    gate(e),
    plus,
    { x: mid, y: nextY - 18 },
  ];
  /** @param {number} t */
  const foot = (t) => ({ x: middle(chips[t]).x, y: chips[t].y + chips[t].h });
  return {
    ...{ upright: true, width, chips, attention, vector, router, network, plus, gate },
    height: nextY + 88,
    vectorColumns: 16,
    experts: boxes,
    score: (e, share) => {
      const h = Math.max(2, 40 * share);
      const w = Math.min(10, column - 1.5);
      return { x: columns[e] - w / 2, y: base - h, w, h };
    },
    scoreLabel: (e) => ({ x: columns[e], y: base - 46 }),
    next: (i) => ({ x: 96, y: nextY + i * 22 }),
    nextBar: 130,
    stations,
    legs: (t, e) => [
      down(foot(t), { x: mid, y: attention.y }),
      `M${exit.x} ${attention.y} V${vector.y}`,
      `M${mid} ${vector.y + vector.h} V${router.y}`,
      down({ x: mid, y: router.y + router.h }, { x: columns[e], y: base - 56 }),
      `M${columns[e]} ${base} V${boxes[e].y}`,
      down({ x: columns[e], y: boxes[e].y + boxes[e].h }, { x: gate(e).x, y: gateY - 13 }),
      down({ x: gate(e).x, y: gateY + 13 }, { x: mid, y: plus.y - 13 }),
      `M${mid} ${plus.y + 13} V${nextY - 16}`,
    ],
    networkLegs: [
      `M${mid} ${vector.y + vector.h} V${network.y}`,
      `M${mid} ${network.y + network.h} V${plus.y - 13}`,
    ],
    looks: (t) => down(foot(t), { x: mid, y: attention.y }),
    residual: `M${vector.x + vector.w} ${vector.y + 12} H346 V${plus.y} H${plus.x + 13}`,
    heads: [
      { x: 0, y: 13, part: "tokens", text: "tokens", anchor: "start" },
      { x: mid, y: attention.y + 17, part: "attention", text: "attention: sees earlier tokens" },
      { x: vector.x - 10, y: vector.y + 16, part: "vector", text: "vector", anchor: "end" },
      { x: mid, y: router.y + 16, part: "router", text: "router" },
      { x: 0, y: router.y + 16, part: "scores", text: "scores", anchor: "start" },
      { x: 0, y: boxes[0].y + 67, part: "experts", text: `${n} experts`, anchor: "start" },
      { x: mid, y: network.y + 122, part: "network", text: "feed-forward network" },
      {
        ...{ x: 340, y: plus.y - 8, part: "residual", small: true, anchor: "end" },
        text: "the vector goes on, too",
      },
      { x: 0, y: nextY + 4, part: "next", text: "next token", anchor: "start" },
      { x: 0, y: nextY + 22, part: "next", text: "the guess", small: true, anchor: "start" },
    ],
    note: { x: width, y: 13 },
  };
}
