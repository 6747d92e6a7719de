import { instant } from "../../core/instant.ts";
import { type GuessStore, KNOWN_FOR_MS, type LoginBlock } from "../../ports/guess-store.ts";
import { integer, type Stored, text } from "./columns.ts";
import { BLOCK_COLUMNS } from "./guess-statements.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

/** Blocks and known networks in a {@link SqliteStore}. */
export function sqliteGuessStore(store: SqliteStore): GuessStore {
  const { inForce, known } = store.ask((db) => ({
    inForce: arrays(
      db,
      `SELECT ${BLOCK_COLUMNS.join(", ")} FROM login_block WHERE until > ? ORDER BY until DESC`,
    ),
    known: arrays(db, "SELECT 1 FROM known_login WHERE login = ? AND network = ? AND at > ?"),
  }));
  return {
    blocks: async (now) => store.ask(() => inForce.all(now).map(blockFrom)),
    putBlock: ({ network = "", login = "", since, until, round }) =>
      store.run("putLoginBlock", [network, login, since, until, round]),
    removeBlocks: (subject, now) => {
      const [by, value] =
        "network" in subject ? (["network", subject.network] as const) : (["login", subject.login] as const);
      return store.run("removeLoginBlocks", { by, value, now });
    },
    noteGoodLogin: (login, network, at) => store.run("noteGoodLogin", { login, network, at }),
    isKnown: async (login, network, now) =>
      store.ask(() => known.get(login, network, now - KNOWN_FOR_MS)) !== undefined,
    prune: (now) => store.run("pruneGuesses", now),
  };
}

function blockFrom(row: readonly Stored[]): LoginBlock {
  const [network, login] = [text(row[0]), text(row[1])];
  return {
    ...(network === "" ? {} : { network }),
    ...(login === "" ? {} : { login }),
    since: instant(integer(row[2])),
    until: instant(integer(row[3])),
    round: integer(row[4]),
  };
}
