// The components' sources can be loaded where there is no page, and offer what their loader asks for.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const COMPONENTS = new URL("../../moeviz/ui/components/", import.meta.url);

/** @type {(folder: string) => string[]} */
const sourcesIn = (folder) =>
  readdirSync(new URL(`${folder}/`, COMPONENTS)).filter((name) => name.endsWith(".js"));

/** Those with a file of HTML are mounted by Streamlit; the others hold what these share. */
/** @type {(folder: string) => boolean} */
const mounted = (folder) =>
  readdirSync(new URL(`${folder}/`, COMPONENTS)).some((name) => name.endsWith(".html"));

const folders = readdirSync(COMPONENTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "__pycache__")
  .map(({ name }) => name);

test("no source touches the page while it is loaded", async () => {
  const sources = folders.flatMap((folder) => sourcesIn(folder).map((name) => `${folder}/${name}`));
  assert.ok(sources.length > folders.length, String(sources.length));
  for (const each of sources) await import(new URL(each, COMPONENTS).href);
});

/** What several components are built of. */
const PARTS = ["shared", "channel", "live_run", "live_charts", "load_bars"];

test("a component imports its own folder and the parts, nothing of another component", () => {
  const allowed = new RegExp(`^(\\.|\\.\\./(${PARTS.join("|")}))/\\w+\\.js$`);
  for (const folder of folders) {
    for (const name of sourcesIn(folder)) {
      const text = readFileSync(new URL(`${folder}/${name}`, COMPONENTS), "utf8");
      const asked = [...text.matchAll(/ from "(.+?)"|import\("(.+?)"\)/g)];
      for (const [, one, other] of asked) {
        assert.match(one ?? other, allowed, `${folder}/${name}`);
      }
    }
  }
});

test("each component's folder has a source of its name, whose default export mounts it", async () => {
  for (const folder of folders.filter(mounted)) {
    const { default: mount } = await import(new URL(`${folder}/${folder}.js`, COMPONENTS).href);
    assert.equal(typeof mount, "function", folder);
  }
});
