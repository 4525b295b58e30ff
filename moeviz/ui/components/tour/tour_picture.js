// The tour's picture: one token's way through a layer, drawn from a trace. Knows no texts of steps.

import {
  el,
  fillTable,
  foldedTable,
  percent,
  setAttribute,
  setText,
  svg,
} from "../shared/shared.js";
import { buildWalk } from "./tour_walk.js";
import { layoutOf, middle, MOST_SHOWN } from "./tour_layout.js";
import { litAt, wayAt } from "./tour_view.js";
import { cut, pictureWords, quoted, shown, tableOf, weight } from "./tour_words.js";

/** @typedef {import("./tour.js").Trace} Trace */
/** @typedef {import("./tour_layout.js").Layout} Layout */
/** @typedef {import("./tour_layout.js").Box} Box */
/**
 * @typedef {object} Shown
 * @property {Trace} trace
 * @property {string} note what the trace is
 * @property {number} token that is followed
 * @property {number} step of the tour
 * @property {number | null} guess the expert that the reader tapped; -1: the reader wants to be told
 * @property {string[]} colours of the experts
 * @property {string[]} inks that are read on them
 */
/** @typedef {{onToken: (token: number) => void, onExpert: (expert: number) => void}} Presses */

const UPRIGHT_BELOW = 700; // px
const LEGS = 8;

/** @param {Presses} presses */
export function buildPicture(presses) {
  const node = el("div", "picture");
  const drawing = svg("svg", { role: "group", class: "drawing" });
  const { details, table } = foldedTable();
  node.append(drawing);
  /** @type {Shown | null} */
  let now = null;
  /** @type {ReturnType<typeof drawn> | null} */
  let parts = null;
  let upright = false;
  let built = ""; // what the parts were drawn for

  const show = (/** @type {Shown} */ next) => {
    now = next;
    if (!parts && node.clientWidth) upright = node.clientWidth < UPRIGHT_BELOW;
    const key = JSON.stringify([next.trace.tokens, next.trace.scores[0].length, upright]);
    if (key !== built) {
      built = key;
      parts?.end();
      parts = drawn(
        drawing,
        layoutOf(next.trace.tokens.map(shown), next.trace.scores[0].length, upright),
        presses,
      );
    }
    parts?.show(next);
    const { header, rows } = tableOf(next.trace);
    fillTable(table, next.note, header, rows);
  };
  const watch = new ResizeObserver(([{ contentRect: { width } }]) => {
    if (!width || upright === (width < UPRIGHT_BELOW)) return;
    upright = !upright;
    if (now) show(now);
  });
  watch.observe(node);
  return {
    node,
    table: details,
    show,
    end() {
      watch.disconnect();
      parts?.end();
    },
  };
}

/**
 * Draw the parts for a layout; what a trace says of the followed token is shown in place.
 * @param {SVGSVGElement} drawing @param {Layout} at @param {Presses} presses
 */
function drawn(drawing, at, presses) {
  drawing.replaceChildren();
  setAttribute(drawing, "viewBox", `0 0 ${at.width} ${at.height}`);
  drawing.classList.toggle("upright", at.upright);
  const part = (/** @type {string} */ name) =>
    svg("g", { class: "part", "data-part": name }, drawing);

  const residual = part("residual");
  svg("path", { class: "residual", d: at.residual }, residual);
  const looks = part("attention");
  frame(looks, at.attention, "panel");
  const lookLines = at.chips.map(() => svg("path", { class: "line" }, looks));
  const spread = part("scores");
  at.experts.forEach((_, e) => svg("path", { class: "line", d: at.legs(0, e)[3] }, spread));
  const way = svg("g", { class: "way" }, drawing);
  const legs = Array.from(
    { length: LEGS },
    (_, i) => svg("path", { class: "leg", "data-leg": i }, way),
  );
  const short = at.networkLegs.map((d, i) =>
    svg("path", { class: "leg short", "data-leg": i ? 6 : 2, d }, way)
  );

  for (const box of at.chips) frame(drawing, box, "backing"); // a dimmed token lets no line through
  const chips = at.chips.map((box, t) => chip(part("tokens"), box, () => presses.onToken(t)));
  const vector = cells(part("vector"), at);
  const router = part("router");
  frame(router, at.router, "panel");
  const network = drawNetwork(part("network"), at.network, at.upright ? 10 : 0);
  const experts = at.experts.map((box, e) =>
    expert(part("experts"), box, e, at, () => presses.onExpert(e))
  );
  const bars = at.experts.map((_, e) => scoreBar(part("scores"), at, e));
  const gate = pill(part("gate"));
  const plus = part("plus");
  svg("circle", { class: "plus", cx: at.plus.x, cy: at.plus.y, r: 13 }, plus);
  words(plus, at.plus.x, at.plus.y + 5, "+", "strong");
  const next = guesses(part("next"), at);
  for (const { x, y, part: name, text, small, anchor } of at.heads) {
    words(part(name), x, y, text, small ? "soft" : "strong", anchor ?? "middle");
  }
  const note = words(drawing, at.note.x, at.note.y, "", "note", "end");
  const walk = buildWalk(drawing);
  const groups = [...drawing.querySelectorAll(".part")].filter((each) =>
    each instanceof SVGElement
  );
  let walked = "";

  return {
    end: walk.end,
    /** @param {Shown} shownNow */
    show({ trace, note: said, token, step, guess, colours, inks }) {
      const guessed = guess !== null;
      const chosen = trace.experts[token];
      const [first] = chosen;
      const asks = step === 3 && !guessed;
      const answers = step > 3 || (step === 3 && guessed);
      const colour = answers ? colours[first] : "var(--accent)";
      drawing.style.setProperty("--way", colour);
      drawing.style.setProperty("--way-ink", answers ? inks[first] : "var(--paper)");
      drawing.dataset.step = String(step);
      drawing.classList.toggle("asks", asks);
      setAttribute(drawing, "aria-label", pictureWords(trace, token, answers));
      setText(note, said);

      chips.forEach((each, t) => {
        each.show(shown(trace.tokens[t]), t === token, t < token);
        setAttribute(lookLines[t], "d", t < token ? at.looks(t) : "");
      });
      vector(trace.vectors[token]);
      const most = Math.max(...trace.scores[token]);
      bars.forEach((bar, e) => {
        const score = trace.scores[token][e];
        const is = answers && chosen.includes(e);
        bar.show(score / most, answers && score >= most * 0.9 ? weight(score) : "", is);
      });
      experts.forEach((each, e) => {
        const is = answers && chosen.includes(e);
        each.show({
          is,
          colour: colours[e],
          ink: inks[e],
          asks,
          tapped: guess === e && step === 3,
        });
      });
      // Before the answer the gate weight stands between all experts: its place would tell which.
      if (answers) gate(at.gate(first), `× ${weight(trace.gate_weights[token][0])}`);
      else {gate(
          at.upright ? { ...at.gate(0), x: at.plus.x } : { ...at.gate(0), y: at.plus.y },
          "× ?",
        );}
      drawing.classList.toggle("answers", answers);
      next(trace.next[token]);
      at.legs(token, first).forEach((d, i) => setAttribute(legs[i], "d", d));

      const lit = litAt(step, guessed);
      for (const group of groups) {
        const name = group.dataset.part ?? "";
        group.classList.toggle(
          "lit",
          lit.has(name) || (name === "scores" && lit.has("score")) ||
            (name === "experts" && lit.has("expert")),
        );
      }
      network.setAttribute("aria-hidden", String(step !== 1));
      const way = wayAt(step, guessed);
      const stations = at.stations(first);
      stations[0] = middle(at.chips[token]);
      const points = stations.slice(way.from, way.to + 1)
        .map((point, i) => ({ ...point, station: way.from + i }))
        .filter(({ station }) => !way.network || station < 3 || station === 5 || station > 6)
        .map((point) =>
          way.network && point.station === 5 ? { ...middle(at.network), station: 5 } : point
        );
      const key = JSON.stringify([step, guessed, token, trace.tokens]);
      const moves = key !== walked;
      walked = key;
      const reach = (/** @type {number} */ station) => {
        for (const leg of [...legs, ...short]) {
          const wanted = way.network === leg.classList.contains("short") ||
            !["2", "3", "4", "5", "6"].includes(leg.dataset.leg ?? "");
          leg.classList.toggle("reached", wanted && Number(leg.dataset.leg) < station);
        }
        drawing.dataset.reached = String(station);
      };
      if (moves) walk.go(points, shown(trace.tokens[token]), reach, way.to === 3);
    },
  };
}

/** @param {Element} parent @param {Box} box @param {string} name */
const frame = (parent, { x, y, w, h }, name) =>
  svg("rect", { class: name, x, y, width: w, height: h, rx: 8 }, parent);

/**
 * @param {Element} parent @param {number} x @param {number} y @param {string} text
 * @param {string} [name] @param {string} [anchor]
 */
function words(parent, x, y, text, name = "", anchor = "middle") {
  const node = svg("text", { x, y, class: name, "text-anchor": anchor }, parent);
  node.textContent = text;
  return node;
}

/** What acts as a button in a drawing. @param {SVGElement} node @param {() => void} act */
function pressable(node, act) {
  node.addEventListener("click", act);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}

/** @param {Element} parent @param {Box} box @param {() => void} act */
function chip(parent, box, act) {
  const group = svg("g", { class: "chip", role: "button", tabindex: 0 }, parent);
  frame(group, box, "");
  const at = middle(box);
  const text = words(group, at.x, at.y + 5, "");
  pressable(group, act);
  return {
    /** @param {string} token @param {boolean} followed @param {boolean} earlier */
    show(token, followed, earlier) {
      setText(text, cut(token, MOST_SHOWN));
      group.classList.toggle("followed", followed);
      group.classList.toggle("later", !followed && !earlier);
      setAttribute(group, "aria-pressed", followed);
      setAttribute(group, "aria-label", `Follow the token “${token}”`);
    },
  };
}

/** The vector, one cell a value. @param {Element} parent @param {Layout} at */
function cells(parent, { vector: { x, y, w, h }, vectorColumns: columns }) {
  /** @type {SVGRectElement[]} */
  let all = [];
  frame(parent, { x: x - 3, y: y - 3, w: w + 6, h: h + 6 }, "cells");
  return (/** @type {number[]} */ values) => {
    if (all.length !== values.length) {
      all.forEach((each) => each.remove());
      const rows = Math.ceil(values.length / columns);
      all = values.map((_, i) =>
        svg("rect", {
          x: x + (i % columns) * w / columns,
          y: y + Math.floor(i / columns) * h / rows,
          width: w / columns - 0.8,
          height: h / rows - 0.8,
        }, parent)
      );
    }
    const most = Math.max(...values.map(Math.abs)) || 1;
    values.forEach((value, i) => {
      all[i].style.opacity = String(0.08 + 0.92 * Math.abs(value) / most);
      all[i].style.fill = value < 0 ? "var(--negative)" : "var(--accent)";
    });
  };
}

/**
 * One network for all experts: inputs, hidden units, outputs.
 * @param {Element} parent @param {Box} box @param {number} foot free for words
 */
function drawNetwork(parent, box, foot) {
  const group = svg("g", { class: "network" }, parent);
  frame(group, box, "panel");
  const layers = [4, 6, 4].map((count, i) =>
    Array.from({ length: count }, (_, j) => ({
      x: box.x + box.w * (0.22 + 0.28 * i),
      y: box.y + box.h / 2 - foot + (j - (count - 1) / 2) * (box.h / 7.6),
    }))
  );
  layers.slice(1).forEach((layer, i) => {
    for (const a of layers[i]) {
      for (const b of layer) svg("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y }, group);
    }
  });
  layers.flat().forEach(({ x, y }) => svg("circle", { cx: x, cy: y, r: 4 }, group));
  return group;
}

/**
 * @param {Element} parent @param {Box} box @param {number} e @param {Layout} at
 * @param {() => void} act
 */
function expert(parent, box, e, { upright, network }, act) {
  const group = svg("g", { class: "expert" }, parent);
  const whole = middle(network);
  const own = middle(box);
  group.style.setProperty("--from", `translate(${whole.x - own.x}px, ${whole.y - own.y}px)`);
  frame(group, box, "body").setAttribute("rx", "6");
  const number = upright
    ? words(group, own.x, box.y + 15, String(e))
    : words(group, box.x + 20, own.y + 4, String(e));
  const dots = Array.from({ length: upright ? 3 : 5 }, (_, j) =>
    svg("circle", {
      cx: upright ? own.x : box.x + 44 + j * 14,
      cy: upright ? box.y + 26 + j * 9 : own.y,
      r: 2.6,
    }, group));
  pressable(group, act);
  return {
    /** @param {{is: boolean, colour: string, ink: string, asks: boolean, tapped: boolean}} as */
    show({ is, colour, ink, asks, tapped }) {
      group.classList.toggle("chosen", is);
      group.classList.toggle("tapped", tapped);
      group.style.setProperty("--own", colour);
      group.style.setProperty("--own-ink", ink);
      for (
        const [name, value] of Object.entries({
          role: "button",
          tabindex: "0",
          "aria-label": `Expert ${e}`,
        })
      ) {
        if (asks) group.setAttribute(name, value);
        else group.removeAttribute(name);
      }
      number.classList.toggle("strong", is);
      dots.forEach((each) => each.classList.toggle("on", is));
    },
  };
}

/** @param {Element} parent @param {Layout} at @param {number} e */
function scoreBar(parent, at, e) {
  const bar = svg("rect", { class: "bar", rx: 3 }, parent);
  const place = at.scoreLabel(e);
  const text = words(parent, place.x, place.y, "", "strong", at.upright ? "middle" : "start");
  return {
    /** @param {number} share of the largest @param {string} label @param {boolean} is chosen */
    show(share, label, is) {
      const { x, y, w, h } = at.score(e, share);
      for (const [name, value] of Object.entries({ x, y, width: w, height: h })) {
        setAttribute(bar, name, value);
      }
      bar.classList.toggle("chosen", is);
      setText(text, label);
      text.classList.toggle("soft", !is);
    },
  };
}

/** @param {Element} parent */
function pill(parent) {
  const box = svg("rect", { class: "pill", width: 56, height: 26, rx: 13 }, parent);
  const text = words(parent, 0, 0, "", "strong");
  return (/** @type {{x: number, y: number}} */ { x, y }, /** @type {string} */ said) => {
    setAttribute(box, "x", x - 28);
    setAttribute(box, "y", y - 13);
    setAttribute(text, "x", x);
    setAttribute(text, "y", y + 5);
    setText(text, said);
  };
}

/** @param {Element} parent @param {Layout} at */
function guesses(parent, { next, nextBar }) {
  const rows = Array.from({ length: 4 }, (_, i) => {
    const { x, y } = next(i);
    const bar = svg("rect", { class: "guess", x, y: y - 7, height: 14, rx: 3 }, parent);
    return { x, bar, text: words(parent, x, y + 5, "", i ? "" : "strong", "start") };
  });
  return (/** @type {[string, number][]} */ likeliest) => {
    const most = likeliest[0][1];
    rows.forEach(({ x, bar, text }, i) => {
      const [token, share] = likeliest[i];
      const width = Math.max(2, nextBar * share / most);
      setAttribute(bar, "width", width);
      setAttribute(text, "x", x + width + 7);
      setText(text, `${quoted(token)} ${percent(share)}`);
    });
  };
}
