// What was drawn last and where: for tests, which cannot read words off a canvas.

/** @import { Box } from "./live_charts_text.js" */
/** @import { View } from "./live_charts_view.js" */

/** @typedef {{text: string, box: Box}} Words */

/** @param {View} view */
export function layoutOf({ frame, cross }) {
  if (!frame) return null;
  const lines = frame.rows.filter((row) => row.kind === "lines");
  return {
    range: frame.range,
    rows: frame.rows.map(({ box }) => box),
    titles: frame.rows.map(({ title }) => title),
    marks: frame.marks.labels.map(({ text, box }) => ({ text, box })),
    ends: lines.flatMap(({ ends }) => ends.map(({ text, box }) => ({ text, box }))),
    readouts: cross ? cross.boxes.flatMap((each) => (each ? [wordsOf(each)] : [])) : [],
    step: cross ? { text: cross.reading.title, box: cross.titleBox } : null,
    x: cross?.x ?? null,
  };
}

/** @param {{lines: {text: string}[], box: Box}} readout */
const wordsOf = ({ lines, box }) => ({ text: lines.map(({ text }) => text).join("\n"), box });
