import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import {
  type GuessStore,
  KNOWN_FOR_MS,
  type LoginBlock,
  MAX_BLOCKS,
  MAX_KNOWN_NETWORKS,
} from "../guess-store.ts";
import { NOON } from "./sample-message.ts";

const ALICE = "alice@example.test";
const HOME = "192.0.2.7";

function block(minutes: number, subject: Pick<LoginBlock, "network" | "login">): LoginBlock {
  return { ...subject, since: NOON, until: plusMs(NOON, minutes * 60_000), round: 1 };
}

/** What every store of blocks and known networks must do. `make` opens an empty one for one test. */
export function guessStoreContract(name: string, make: (t: TestContext) => Promise<GuessStore>): void {
  suite(`${name} as a guess store`, () => {
    test("blocks come back whole, the longest first, and not once they have ended", async (t) => {
      const guesses = await make(t);
      const [network, login, pair] = [
        block(15, { network: "2001:db8:1:2::/64" }),
        block(30, { login: ALICE }),
        block(60, { network: HOME, login: ALICE }),
      ];
      for (const each of [network, login, pair]) await guesses.putBlock(each);
      assert.deepEqual(await guesses.blocks(NOON), [pair, login, network]);
      assert.deepEqual(await guesses.blocks(network.until), [pair, login]);
      assert.deepEqual(await guesses.blocks(pair.until), []);
    });

    test("a further block of a subject takes the place of the one before", async (t) => {
      const guesses = await make(t);
      await guesses.putBlock(block(15, { login: ALICE }));
      const second = { ...block(30, { login: ALICE }), round: 2 };
      await guesses.putBlock(second);
      assert.deepEqual(await guesses.blocks(NOON), [second]);
    });

    test("removing takes every block that the network or the login has a part in, and says how many held", async (t) => {
      const guesses = await make(t);
      const other = block(15, { network: "192.0.2.8", login: "bob@example.test" });
      for (const each of [
        block(15, { network: HOME }),
        block(15, { login: ALICE }),
        block(15, { network: HOME, login: ALICE }),
        block(0, { network: HOME, login: "bob@example.test" }),
        other,
      ])
        await guesses.putBlock(each);
      assert.equal(await guesses.removeBlocks({ network: HOME }, NOON), 2);
      assert.equal(await guesses.removeBlocks({ login: ALICE }, NOON), 1);
      assert.equal(await guesses.removeBlocks({ login: ALICE }, NOON), 0);
      assert.deepEqual(await guesses.blocks(NOON), [other]);
    });

    test("a good login makes its network known to that login, for a month from the latest", async (t) => {
      const guesses = await make(t);
      assert.equal(await guesses.isKnown(ALICE, HOME, NOON), false);
      await guesses.noteGoodLogin(ALICE, HOME, plusMs(NOON, -1000));
      await guesses.noteGoodLogin(ALICE, HOME, NOON);
      assert.equal(await guesses.isKnown(ALICE, HOME, plusMs(NOON, KNOWN_FOR_MS - 1)), true);
      assert.equal(await guesses.isKnown(ALICE, HOME, plusMs(NOON, KNOWN_FOR_MS)), false);
      assert.equal(await guesses.isKnown("bob@example.test", HOME, NOON), false);
      assert.equal(await guesses.isKnown(ALICE, "192.0.2.8", NOON), false);
    });

    test("of one login so many networks are known, the latest", async (t) => {
      const guesses = await make(t);
      for (let i = 0; i <= MAX_KNOWN_NETWORKS; i += 1)
        await guesses.noteGoodLogin(ALICE, `192.0.2.${i}`, plusMs(NOON, i));
      assert.equal(await guesses.isKnown(ALICE, "192.0.2.0", NOON), false);
      assert.equal(await guesses.isKnown(ALICE, "192.0.2.1", NOON), true);
      assert.equal(await guesses.isKnown(ALICE, `192.0.2.${MAX_KNOWN_NETWORKS}`, NOON), true);
    });

    test("pruning forgets what has ended, and what is more than the bound", async (t) => {
      const guesses = await make(t);
      await guesses.noteGoodLogin(ALICE, HOME, NOON);
      await guesses.putBlock(block(0, { login: "ended@example.test" }));
      const many = Array.from({ length: MAX_BLOCKS + 2 }, (_, i) => block(i + 1, { login: `user${i}` }));
      await Promise.all(many.map((each) => guesses.putBlock(each)));
      assert.equal(await guesses.prune(NOON), 3);
      const kept = await guesses.blocks(NOON);
      assert.equal(kept.length, MAX_BLOCKS);
      assert.equal(kept.at(-1)?.login, "user2");
      assert.equal(await guesses.isKnown(ALICE, HOME, NOON), true);
      const later = plusMs(NOON, KNOWN_FOR_MS);
      assert.equal(await guesses.prune(later), MAX_BLOCKS + 1);
    });
  });
}
