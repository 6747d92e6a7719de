import type { SessionContext } from "./session-context.ts";
import type { SessionState } from "./session-state.ts";

/** Journals the decisions of a transaction that ended without a message (RSET, a lost connection). */
export function journalAbandoned(context: SessionContext, state: SessionState): void {
  if (state.phase !== "mail" && state.phase !== "chunks") return;
  const entries = state.transaction.recipients.map(({ decision }) => decision);
  if (entries.length === 0) return;
  context.journal
    .record(entries)
    .catch((error: unknown) => context.log.error("journal-not-written", { detail: String(error) }));
}
