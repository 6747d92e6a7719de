import assert from "node:assert/strict";
import { test } from "node:test";
import { manualTime } from "../../adapters/memory/manual-time.ts";
import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ClientSession } from "./client-session.ts";
import type { Connected } from "./connect.ts";
import { type Lease, sessionPool } from "./session-pool.ts";

const DOWN: Outcome = { kind: "deferred", status: "4.4.1", diagnostic: "connection refused" };

/** A pool whose sessions are opened one by one, when the test says so. */
function world(maxPerHop = 2) {
  const time = manualTime();
  const pool = sessionPool({ timers: time.timers, maxPerHop, idleMs: 5000 });
  const opening: ((result: Result<Connected, Outcome>) => void)[] = [];
  const sessions: { lose: () => void; wearOut: () => void; quits: number }[] = [];
  const newSession = (): Connected => {
    let usable = true;
    let lost = () => {};
    const state = {
      quits: 0,
      wearOut: () => {
        usable = false;
      },
      lose: () => {
        usable = false;
        lost();
      },
    };
    sessions.push(state);
    const session: Partial<ClientSession> = {
      usable: () => usable,
      onLost: (then) => {
        lost = then;
      },
      quit: () => {
        state.quits += 1;
      },
    };
    return { session: session as ClientSession, address: `192.0.2.${sessions.length}` };
  };
  return {
    time,
    pool,
    sessions,
    opening: () => opening.length,
    succeed: () => opening.shift()?.(ok(newSession())),
    fail: () => opening.shift()?.(err(DOWN)),
    acquire: (key = "hop", speaksForAll = true) =>
      pool.acquire({ key, speaksForAll, open: () => new Promise((resolve) => opening.push(resolve)) }),
  };
}
const settled = () => new Promise(setImmediate);
async function leased(acquiring: Promise<Result<Lease, Outcome>>): Promise<Lease> {
  const lease = await acquiring;
  assert.ok(lease.ok);
  return lease.value;
}

test("a session that is given back serves the next message to the same hop and no other", async () => {
  const { acquire, succeed, opening } = world();
  const first = acquire();
  succeed();
  const lease = await leased(first);
  assert.equal(lease.reused, false);
  lease.release();
  const again = await leased(acquire());
  assert.deepEqual([again.reused, again.session === lease.session], [true, true]);
  acquire("other hop");
  assert.equal(opening(), 1);
});

test("no hop has more sessions than its bound; who waits gets the first that is given back", async () => {
  const { acquire, succeed, opening } = world(2);
  const held = [acquire(), acquire()];
  succeed();
  succeed();
  const [one] = await Promise.all(held.map(leased));
  const waiting = [acquire(), acquire()];
  await settled();
  assert.equal(opening(), 0);
  one?.release();
  const next = await leased(waiting[0]!);
  assert.deepEqual([next.session === one?.session, next.reused], [true, true]);
});

test("a session that is worn out makes room for a new one", async () => {
  const { acquire, succeed, opening, sessions } = world(1);
  const first = acquire();
  succeed();
  const lease = await leased(first);
  const waiting = acquire();
  sessions[0]?.wearOut();
  lease.release();
  assert.deepEqual([sessions[0]?.quits, opening()], [1, 1]);
  succeed();
  assert.equal((await leased(waiting)).reused, false);
});

test("a hop that is down tells all who wait at once", async () => {
  const { acquire, fail, opening } = world(2);
  const all = Array.from({ length: 10 }, () => acquire());
  fail();
  await settled();
  assert.equal(opening(), 1, "while another tries, nobody else does");
  fail();
  const results = await Promise.all(all);
  assert.ok(results.every((result) => !result.ok && result.error === DOWN));
  assert.equal(opening(), 0);
});

test("while one connection is still being opened, the failure of another is not everybody's", async () => {
  const { acquire, fail, succeed } = world(2);
  const failing = acquire();
  const held = acquire();
  const waiting = acquire();
  fail();
  assert.ok(!(await failing).ok);
  succeed();
  (await leased(held)).release();
  assert.ok((await leased(waiting)).reused);
});

test("a failure that is one message's own leaves the others their turn", async () => {
  const { acquire, fail, succeed } = world(1);
  const own = acquire("hop", false);
  const other = acquire();
  fail();
  assert.ok(!(await own).ok);
  await settled();
  succeed();
  await leased(other);
});

test("an idle session is closed after its time, or when the peer closes it, and not handed out again", async () => {
  for (const end of ["time", "peer"] as const) {
    const { acquire, succeed, sessions, time, opening } = world();
    const first = acquire();
    succeed();
    (await leased(first)).release();
    time.advance(4999);
    assert.equal(sessions[0]?.quits, 0);
    if (end === "time") time.advance(1);
    else sessions[0]?.lose();
    assert.equal(sessions[0]?.quits, 1);
    assert.equal(time.pending(), 0);
    acquire();
    assert.equal(opening(), 1, end);
  }
});

test("a closed pool ends idle sessions, sends waiters away and keeps nothing that comes back", async () => {
  const { acquire, succeed, sessions, pool } = world(2);
  const held = [acquire(), acquire()];
  succeed();
  succeed();
  const [one, two] = await Promise.all(held.map(leased));
  const waiting = acquire();
  two?.release();
  (await leased(waiting)).release();
  const last = acquire();
  (await leased(last)).release();
  pool.close();
  assert.deepEqual(
    sessions.map(({ quits }) => quits),
    [0, 1],
  );
  one?.release();
  assert.equal(sessions[0]?.quits, 1);
  assert.equal((await acquire()).ok, false);
});
