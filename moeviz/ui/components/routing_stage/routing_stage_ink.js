// Colours and type for the canvas, read from the page's own style; heat as one image a matrix.

/** The theme's inks, and for each expert a fill, a tint, an edge and a legible text colour. */
export function inksOf(root, colours) {
  const style = getComputedStyle(root);
  const probe = root.appendChild(document.createElement("i"));
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return rgbOf(getComputedStyle(probe).color);
  };
  const [ink, paper, muted, faint, accent] = ["--ink", "--paper", "--muted", "--faint", "--accent"]
    .map(read);
  probe.remove();
  return {
    rgb: { ink, paper, accent },
    ink: css(ink),
    paper: css(paper),
    muted: css(muted),
    faint: css(faint),
    accent: css(accent),
    soft: css(mix(ink, paper, 0.75)),
    family: style.fontFamily,
    experts: colours.map((colour) => expertInks(rgbOf(colour), ink, paper)),
  };
}

function expertInks(colour, ink, paper) {
  return {
    fill: css(colour),
    tint: css(mix(colour, paper, 0.7)),
    half: css(mix(colour, paper, 0.45)), // for marks too small for an edge
    edge: css(mix(colour, ink, 0.35)),
    text: textOn(colour),
  };
}

/** Black or white, whichever stands out more (WCAG contrast is equal at a luminance of 0.18). */
export const textOn = (rgb) => (luminance(rgb) > 0.18 ? "#111" : "#fff");

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) =>
    c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

let pixel;

/** Any CSS colour as [r, g, b], by painting it. */
export function rgbOf(colour) {
  pixel ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const mix = (one, other, part) => one.map((c, i) => Math.round(c + (other[i] - c) * part));
const css = (rgb) => `rgb(${rgb.join(" ")})`;

/** A T × E image, tokens across, from paper (low) to ink (high); `bend` spreads small values. */
export function heatImage(matrix, [low, high], bend, { rgb }) {
  const [width, height] = [matrix.length, matrix[0].length];
  const image = new ImageData(width, height);
  matrix.forEach((row, t) =>
    row.forEach((value, e) => {
      const part = 0.04 + 0.86 * Math.max(0, (value - low) / (high - low || 1)) ** bend;
      image.data.set([...mix(rgb.paper, rgb.ink, part), 255], 4 * (e * width + t));
    })
  );
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

export function rangeOf(matrix) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of matrix) {
    for (const value of row) [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return [low, high];
}

export function type(context, inks, size, weight = 400) {
  context.font = `${weight} ${size}px ${inks.family}`;
  context.textBaseline = "middle";
}

/** Text with a rim of paper, legible over anything. */
export function label(context, inks, text, x, y, align = "left") {
  context.textAlign = align;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = inks.paper;
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

export function rule(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
