import type { DatabaseSync } from "node:sqlite";
import { KNOWN_FOR_MS, MAX_BLOCKS, MAX_KNOWN_NETWORKS } from "../../ports/guess-store.ts";
import { insertSql, type Values } from "./operation.ts";

/** The columns of `login_block`; the empty text stands for no network or no login. */
export const BLOCK_COLUMNS = ["network", "login", "since", "until", "round"] as const;

/** The operations on blocks and known networks on the writing connection. */
export function guessOperations(db: DatabaseSync) {
  const put = db.prepare(
    `${insertSql("login_block", BLOCK_COLUMNS)}
     ON CONFLICT DO UPDATE SET since = excluded.since, until = excluded.until, round = excluded.round`,
  );
  const note = db.prepare(
    `${insertSql("known_login", ["login", "network", "at"])} ON CONFLICT DO UPDATE SET at = excluded.at`,
  );
  const trim = db.prepare(
    `DELETE FROM known_login WHERE login = ?1 AND network NOT IN
       (SELECT network FROM known_login WHERE login = ?1 ORDER BY at DESC LIMIT ${MAX_KNOWN_NETWORKS})`,
  );
  const remove = {
    network: removal(db, "network"),
    login: removal(db, "login"),
  };
  const pruneEnded = db.prepare("DELETE FROM login_block WHERE until <= ?");
  const pruneMany = db.prepare(
    `DELETE FROM login_block WHERE (network, login) IN
       (SELECT network, login FROM login_block ORDER BY until DESC LIMIT -1 OFFSET ${MAX_BLOCKS})`,
  );
  const pruneKnown = db.prepare("DELETE FROM known_login WHERE at <= ?");
  return {
    putLoginBlock(values: Values): void {
      put.run(...values);
    },
    removeLoginBlocks({ by, value, now }: { by: "network" | "login"; value: string; now: number }): number {
      const { inForce, ended } = remove[by];
      const removed = Number(inForce.run(value, now).changes);
      ended.run(value);
      return removed;
    },
    noteGoodLogin({ login, network, at }: { login: string; network: string; at: number }): void {
      note.run(login, network, at);
      trim.run(login);
    },
    pruneGuesses(now: number): number {
      const removed = [pruneEnded.run(now), pruneMany.run(), pruneKnown.run(now - KNOWN_FOR_MS)];
      return removed.reduce((sum, { changes }) => sum + Number(changes), 0);
    },
  };
}

function removal(db: DatabaseSync, column: "network" | "login") {
  const where = `DELETE FROM login_block WHERE ${column} = ?`;
  return { inForce: db.prepare(`${where} AND until > ?`), ended: db.prepare(where) };
}
