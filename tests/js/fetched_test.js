// A file of the server, asked for until the server answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fetched } from "../../moeviz/ui/components/shared/shared.js";

/**
 * What `fetched` makes of a server that gives these answers one after the other; null: none.
 * @param {(Response | null)[]} answers
 */
async function fetchedFrom(answers) {
  const { fetch } = globalThis;
  globalThis.fetch = () => {
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError("Failed to fetch"));
  };
  try {
    return await fetched("/glossary.json", 0);
  } finally {
    globalThis.fetch = fetch;
  }
}

test("a server that is gone is asked until it answers", async () => {
  const answers = [null, null, new Response("here"), new Response("too much")];
  assert.equal(await (await fetchedFrom(answers)).text(), "here");
  assert.equal(answers.length, 1);
});

test("an answer that is a refusal is not asked for again", async () => {
  const answers = [new Response("", { status: 404 }), new Response("too late")];
  await assert.rejects(fetchedFrom(answers), /glossary\.json: .* status 404/);
  assert.equal(answers.length, 1);
});
