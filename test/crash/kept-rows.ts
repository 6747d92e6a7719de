import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { formatId } from "../../src/core/ids.ts";

/** What the database of a data folder holds of messages. */
export interface KeptRows {
  /** Recipients still to be served. */
  readonly queued: number;
  /** Messages of which an attempt was under way: the server's ids. */
  readonly underWay: ReadonlySet<string>;
  /** Reports to senders, which are messages of the server's own. */
  readonly reports: number;
  /** Messages and bodies; 0 where nothing is queued, or some were forgotten. */
  readonly messages: number;
  readonly bodies: number;
}

/** Looks into the database beside the server, or after its death. */
export function keptRows(dataFolder: string): KeptRows {
  return withDatabase(dataFolder, (db) => {
    const leased = db.prepare("SELECT DISTINCT message FROM queue WHERE leased_from IS NOT NULL").all();
    return {
      queued: count(db, "queue"),
      underWay: new Set(leased.map((row) => formatId(Number(row["message"])))),
      reports: Number(db.prepare("SELECT count(*) AS n FROM message WHERE sender = ''").get()?.["n"]),
      messages: count(db, "message"),
      bodies: count(db, "body"),
    };
  });
}

/** What SQLite finds wrong with the database; empty where it is whole. */
export function databaseFaults(dataFolder: string): string[] {
  return withDatabase(dataFolder, (db) => {
    const integrity = db.prepare("PRAGMA integrity_check").all();
    const faults = integrity.map((row) => String(row["integrity_check"])).filter((line) => line !== "ok");
    const strays = db.prepare("PRAGMA foreign_key_check").all();
    return [...faults, ...strays.map((row) => `row without its parent: ${JSON.stringify(row)}`)];
  });
}

function withDatabase<T>(dataFolder: string, ask: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dataFolder, "postern.db"), { readOnly: true, timeout: 5000 });
  try {
    return ask(db);
  } finally {
    db.close();
  }
}

function count(db: DatabaseSync, table: "queue" | "message" | "body"): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
}
