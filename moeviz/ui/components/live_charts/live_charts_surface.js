// Two surfaces that the charts are drawn on: a canvas, and an SVG picture as text. One drawing
// code serves both, so a saved picture is the one on screen. Knows shapes, not charts.

/** @import { Box, Measure } from "./live_charts_text.js" */
/** @import { Rgb } from "./live_charts_heat.js" */

/**
 * @typedef {{colour: string, width: number, dash?: number[], offset?: number, alpha?: number}} Stroke
 */

/**
 * @typedef {object} Type
 * @property {string} colour
 * @property {number} size
 * @property {number} [weight]
 * @property {"left" | "right" | "center"} [align]
 */

/**
 * A grid of colours: `levels` row by row, an entry of the palette each, -1: nothing.
 * @typedef {{columns: number, rows: number, levels: Int8Array, palette: Rgb[]}} Heat
 */

/**
 * @typedef {object} Surface
 * @property {(box: Box, fill: string, alpha?: number) => void} rect
 * @property {(paths: number[][], stroke: Stroke) => void} lines  each x, y, x, y, …
 * @property {(x: number, y: number, radius: number, fill: string) => void} dot
 * @property {(words: string, x: number, y: number, type: Type) => void} text  y: its middle
 * @property {(box: Box, heat: Heat) => void} heat
 * @property {(box: Box, draw: () => void) => void} clip
 */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} family
 * @returns {Surface}
 */
export function canvasSurface(context, family) {
  return {
    rect(box, fill, alpha = 1) {
      context.globalAlpha = alpha;
      context.fillStyle = fill;
      context.fillRect(box.x, box.y, box.width, box.height);
      context.globalAlpha = 1;
    },
    lines(paths, { colour, width, dash = [], offset = 0, alpha = 1 }) {
      Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha });
      Object.assign(context, { lineJoin: "round", lineCap: "butt" });
      context.setLineDash(dash);
      context.lineDashOffset = offset;
      context.beginPath();
      for (const path of paths) {
        context.moveTo(path[0], path[1]);
        for (let i = 2; i < path.length; i += 2) context.lineTo(path[i], path[i + 1]);
      }
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
    },
    dot(x, y, radius, fill) {
      context.fillStyle = fill;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.fill();
    },
    text(words, x, y, { colour, size, weight = 400, align = "left" }) {
      context.font = `${weight} ${size}px ${family}`;
      context.fillStyle = colour;
      context.textAlign = align;
      context.textBaseline = "middle";
      context.fillText(words, x, y + 0.5);
    },
    heat(box, heat) {
      context.imageSmoothingEnabled = false;
      context.drawImage(heatImage(heat), box.x, box.y, box.width, box.height);
    },
    clip({ x, y, width, height }, draw) {
      context.save();
      context.beginPath();
      context.rect(x, y, width, height);
      context.clip();
      draw();
      context.restore();
    },
  };
}

/** @type {HTMLCanvasElement | undefined} */
let scratch;

/** @param {Heat} heat */
function heatImage({ columns, rows, levels, palette }) {
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const packed = new Uint32Array(
    Uint8ClampedArray.from(palette.flatMap((rgb) => [...rgb, 255])).buffer,
  );
  for (let i = 0; i < levels.length; i++) if (levels[i] >= 0) pixels[i] = packed[levels[i]];
  scratch ??= document.createElement("canvas");
  Object.assign(scratch, { width: columns, height: rows });
  scratch.getContext("2d")?.putImageData(image, 0, 0);
  return scratch;
}

/**
 * A surface whose `svg()` is the picture drawn so far. Words keep their measured widths, since the
 * page's font may be missing where the picture is opened.
 * @param {{width: number, height: number}} size
 * @param {{family: string, title: string, paper: string, measure: Measure}} look
 * @returns {Surface & {svg: () => string}}
 */
export function svgSurface({ width, height }, { family, title, paper, measure }) {
  /** @type {string[]} */
  const parts = [];
  let clips = 0;
  /**
   * @param {string} tag
   * @param {Record<string, string | number | undefined>} attributes
   * @param {string} [words]
   */
  const put = (tag, attributes, words) => parts.push(element(tag, attributes, words));
  return {
    rect(box, fill, alpha = 1) {
      put("rect", { ...rounded(box), fill, "fill-opacity": alpha < 1 ? alpha : undefined });
    },
    lines(paths, { colour, width: wide, dash = [], offset = 0, alpha = 1 }) {
      if (!paths.length) return;
      put("path", {
        d: paths.map(pathOf).join(""),
        fill: "none",
        stroke: colour,
        "stroke-width": wide,
        "stroke-dasharray": dash.length ? dash.join(" ") : undefined,
        "stroke-dashoffset": dash.length && offset ? short(offset) : undefined,
        "stroke-opacity": alpha < 1 ? alpha : undefined,
        "stroke-linejoin": "round",
      });
    },
    dot: (x, y, r, fill) => put("circle", { cx: short(x), cy: short(y), r, fill }),
    text(words, x, y, { colour, size, weight, align = "left" }) {
      put("text", {
        x: short(x),
        y: short(y + size * 0.36),
        fill: colour,
        "font-size": size,
        "font-weight": weight,
        "text-anchor": { left: undefined, center: "middle", right: "end" }[align],
        textLength: words ? short(measure(words, size, weight)) : undefined,
        lengthAdjust: words ? "spacingAndGlyphs" : undefined,
      }, words);
    },
    heat(box, heat) {
      for (const [level, d] of heatPaths(box, heat)) {
        const fill = `rgb(${heat.palette[level].join(",")})`;
        put("path", { d, fill, "shape-rendering": "crispEdges" }); // no seams
      }
    },
    clip(box, draw) {
      const id = `moeviz-clip-${clips++}`;
      parts.push(`<clipPath id="${id}">${element("rect", rounded(box))}</clipPath>`);
      parts.push(`<g clip-path="url(#${id})">`);
      draw();
      parts.push("</g>");
    },
    svg() {
      const opening = element("svg", {
        xmlns: "http://www.w3.org/2000/svg",
        ...{ width, height, viewBox: `0 0 ${width} ${height}` },
        ...{ role: "img", "font-family": family },
      }).replace(/\/>$/, ">");
      const ground = element("rect", { width, height, fill: paper });
      return `${opening}${element("title", {}, title)}${ground}${parts.join("")}</svg>\n`;
    },
  };
}

/** @param {number} value */
const short = (value) => Math.round(value * 100) / 100;

/** @param {Box} box */
const rounded = ({ x, y, width, height }) => ({
  x: short(x),
  y: short(y),
  width: short(width),
  height: short(height),
});

/** @param {number[]} path */
function pathOf(path) {
  let d = "";
  for (let i = 0; i < path.length; i += 2) {
    d += `${i ? "L" : "M"}${short(path[i])} ${short(path[i + 1])}`;
  }
  return d;
}

/**
 * One path for each colour: runs of equal cells as one rectangle, so that files stay small.
 * @param {Box} box
 * @param {Heat} heat
 */
function heatPaths(box, { columns, rows, levels }) {
  /** @type {Map<number, string>} */
  const paths = new Map();
  const [wide, high] = [box.width / columns, box.height / rows];
  for (let row = 0; row < rows; row++) {
    let start = 0;
    for (let column = 1; column <= columns; column++) {
      const level = levels[row * columns + start];
      if (column < columns && levels[row * columns + column] === level) continue;
      if (level >= 0) {
        const [x, y] = [short(box.x + start * wide), short(box.y + row * high)];
        const [right, bottom] = [short(box.x + column * wide), short(box.y + (row + 1) * high)];
        paths.set(level, `${paths.get(level) ?? ""}M${x} ${y}H${right}V${bottom}H${x}Z`);
      }
      start = column;
    }
  }
  return paths;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number | undefined>} attributes
 * @param {string} [words]
 */
function element(tag, attributes, words) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  const opening = `<${tag}${written.join("")}`;
  return words === undefined ? `${opening}/>` : `${opening}>${escaped(words)}</${tag}>`;
}

/** What XML 1.0 cannot hold at all goes; what it would read as markup is written out. */
/** @param {string} text */
const escaped = (text) =>
  text
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/**
 * Widths of texts as the canvas sets them; each is measured once.
 * @param {CanvasRenderingContext2D} context
 * @param {string} family
 * @returns {Measure}
 */
export function measureOn(context, family) {
  /** @type {Map<string, number>} */
  const known = new Map();
  return (text, size = 12, weight = 400) => {
    const key = `${weight} ${size} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (known.size > 2000) known.clear();
      context.font = `${weight} ${size}px ${family}`;
      width = context.measureText(text).width;
      known.set(key, width);
    }
    return width;
  };
}
