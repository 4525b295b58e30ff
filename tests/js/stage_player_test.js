// The routing stage's clock: words are read, then the picture moves, then it rests.

import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf, SCENES } from "../../moeviz/ui/components/routing_stage/routing_stage_facts.js";
import { Player, REST_MS } from "../../moeviz/ui/components/routing_stage/routing_stage_player.js";
import {
  durationOf,
  readingOf,
} from "../../moeviz/ui/components/routing_stage/routing_stage_times.js";
import { droplessPlan, planOf } from "./stage_plan.js";
import { withFakeClock } from "./fake_clock.js";

/** Three scenes: 1,000 ms to read, 400 ms of motion. */
function playerOf() {
  /** @type {number[]} */
  const reached = [];
  let shown = 0;
  const player = new Player({
    scenes: 3,
    lasts: () => 400,
    reads: () => 1000,
    shown: () => shown++,
    reached: (scene) => reached.push(scene),
  });
  return { player, reached, pictures: () => shown };
}

test("a scene that the reader chooses moves at once, also while playing", () =>
  withFakeClock((clock) => {
    for (const playing of [false, true]) {
      const { player } = playerOf();
      if (playing) player.toggle();
      player.go(1);
      assert.equal(player.phase, "move");
      clock.pass(400);
      assert.deepEqual([player.scene, player.progress], [1, 1]);
      player.pause();
    }
  }));

test("played, a scene is read, moves and stops at its end", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.read(1);
    clock.pass(999);
    assert.deepEqual([player.phase, player.progress], ["read", 0]);
    clock.pass(1 + 200);
    assert.equal(player.phase, "move");
    assert.ok(Math.abs(player.progress - 0.5) < 1e-9);
    clock.pass(200);
    assert.equal(player.progress, 1);
    clock.pass(10_000);
    assert.deepEqual([player.scene, player.running, player.phase], [1, false, "rest"]);
  }));

test("nothing ticks once nothing moves", () =>
  withFakeClock((clock) => {
    const { player, pictures } = playerOf();
    player.go(1);
    clock.pass(5000);
    const drawn = pictures();
    clock.pass(5000);
    assert.equal(pictures(), drawn);
    assert.deepEqual(clock.waiting, []);
  }));

test("played from the start it goes through all scenes, rests after each, and ends", () =>
  withFakeClock((clock) => {
    const { player, reached } = playerOf();
    player.go(0);
    clock.pass(2000);
    player.toggle();
    clock.pass(1000 + 400 + 349);
    assert.deepEqual(reached, [1]);
    clock.pass(1);
    assert.deepEqual(reached, [1, 2]);
    clock.pass(10_000);
    assert.deepEqual([player.scene, player.playing, player.running], [2, false, false]);
    assert.equal(player.atEnd(), true);
  }));

test("from the end it plays once more from the start", () =>
  withFakeClock((clock) => {
    const { player, reached } = playerOf();
    player.go(2);
    clock.pass(5000);
    player.toggle();
    assert.equal(player.scene, 0);
    clock.pass(20_000);
    assert.deepEqual(reached, [2, 0, 1, 2]);
  }));

test("a pause keeps what was left to read", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.toggle();
    player.read(1);
    clock.pass(400);
    player.toggle();
    assert.equal(player.left, 600);
    clock.pass(5000);
    assert.equal(player.phase, "read");
    player.toggle();
    clock.pass(599);
    assert.equal(player.phase, "read");
    clock.pass(1);
    assert.equal(player.phase, "move");
  }));

test("a pause keeps how far the picture has moved", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.toggle();
    player.read(1);
    clock.pass(1000 + 100);
    player.toggle();
    const { progress } = player;
    assert.ok(progress > 0 && progress < 1);
    clock.pass(5000);
    assert.equal(player.progress, progress);
    player.toggle();
    clock.pass(20);
    assert.ok(Math.abs(player.progress - (progress + 20 / 400)) < 1e-9);
  }));

test("twice as fast, reading and moving take half the time", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.setSpeed(2);
    player.read(1);
    clock.pass(499);
    assert.equal(player.phase, "read");
    clock.pass(1 + 100);
    assert.ok(Math.abs(player.progress - 0.5) < 1e-9);
  }));

test("a pause at twice the speed has left what was not read yet", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.setSpeed(2);
    player.read(1);
    clock.pass(250);
    player.pause();
    assert.equal(player.left, 500);
  }));

test("another speed while a scene is read counts for what is left", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.read(1);
    clock.pass(500);
    player.setSpeed(0.5);
    clock.pass(999);
    assert.equal(player.phase, "read");
    clock.pass(1);
    assert.equal(player.phase, "move");
  }));

test("who has read already starts the motion", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.read(1);
    clock.pass(100);
    player.skip();
    assert.equal(player.phase, "move");
  }));

test("a stall of the page does not swallow the motion", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.read(1);
    player.skip();
    const [frame] = clock.waiting;
    clock.now += 5000; // no frame in all that time
    clock.forget(frame.id);
    frame.act(clock.now);
    assert.ok(Math.abs(player.progress - 50 / 400) < 1e-9);
  }));

test("scenes up to the wanted one follow by themselves, without their words", () =>
  withFakeClock((clock) => {
    const { player, reached } = playerOf();
    player.go(1, { wait: 350, until: 2 });
    clock.pass(350 + 400 + 350);
    assert.deepEqual(reached, [1, 2]);
    clock.pass(10_000);
    assert.deepEqual([player.scene, player.running, player.playing], [2, false, false]);
  }));

test("with reduced motion a scene is there at once, and playing waits for the reader", () =>
  withFakeClock((clock) => {
    const { player } = playerOf();
    player.go(0);
    assert.deepEqual([player.progress, player.phase], [1, "rest"]);
    player.toggle();
    clock.pass(400 + 350);
    assert.deepEqual([player.scene, player.progress], [1, 1]);
    clock.pass(1000 + 400 + 350 - 1);
    assert.equal(player.scene, 1);
    clock.pass(1);
    assert.deepEqual([player.scene, player.progress], [2, 1]);
  }, { reducedMotion: true }));

for (const [name, plan] of Object.entries({ dropless: droplessPlan(), limited: planOf() })) {
  for (const reducedMotion of [false, true]) {
    test(`a whole play takes 25 s at speed 1: ${name}${reducedMotion ? ", still" : ""}`, () =>
      withFakeClock((clock) => {
        const facts = factsOf(plan);
        const player = new Player({
          scenes: SCENES.length,
          lasts: (scene) => durationOf(scene, facts),
          reads: (scene) => readingOf(scene, facts, REST_MS),
          shown: () => {},
          reached: () => {},
        });
        player.go(SCENES.length - 1);
        clock.pass(10_000);
        assert.ok(player.atEnd());
        const began = clock.now;
        player.toggle();
        while (player.playing) clock.pass(20);
        const took = clock.now - began;
        assert.ok(Math.abs(took - 25_000) < 8 * 3 * 20, `${took} ms`); // a frame is 20 ms
        assert.equal(player.scene, SCENES.length - 1);
      }, { reducedMotion }));
  }
}

test("a longer sentence is read for longer, and every scene is read for a while", () => {
  const facts = factsOf(planOf({
    scenes: planOf().scenes.map((scene, i) => ({ ...scene, sentence: "word ".repeat(20 + i) })),
  }));
  const reads = SCENES.map((_, scene) => readingOf(scene, facts, REST_MS));
  reads.forEach((ms, i) => assert.ok(ms > 300 && (!i || ms > reads[i - 1]), `${reads}`));
});

test("a scene beyond the last is the last", () =>
  withFakeClock(() => {
    const { player } = playerOf();
    player.go(7);
    assert.equal(player.scene, 2);
    player.go(-1);
    assert.equal(player.scene, 0);
  }));
