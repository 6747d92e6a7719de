import type { Containment, ContainRequest } from "../../ports/containment-store.ts";
import type { DirectoryTables } from "../../ports/directory-rules/directory-tables.ts";
import { accountOf, type LedgerTables } from "../../ports/usage-rules/sending-ledger.ts";
import { kindOf, type SubjectRules } from "../../ports/usage-rules/subject-rules.ts";
import type { UseRow } from "../../ports/usage-rules/use-row.ts";
import { memoryDirectoryTables } from "./memory-directory-tables.ts";

/** What the stores in memory share of sending: limits, use and containments, which one commit changes elsewhere. */
export interface MemorySendingState {
  readonly directory: DirectoryTables;
  readonly rules: Map<string, SubjectRules>;
  readonly uses: Map<string, UseRow>;
  readonly containments: (Containment & { followedUp?: boolean })[];
  readonly ledger: LedgerTables;
  /** Suspends the mailbox, holds its queue and keeps the record. */
  contain(request: ContainRequest): void;
  /** Holds what an account has queued; the queue sets it. */
  hold: (account: string) => void;
}

/** Nothing sent yet, over the tables of a directory. */
export function memorySendingState(directory = memoryDirectoryTables()): MemorySendingState {
  const rules = new Map<string, SubjectRules>();
  const uses = new Map<string, UseRow>();
  const known = new Map<string, number>();
  const state: MemorySendingState = {
    directory,
    rules,
    uses,
    containments: [],
    hold: () => {},
    contain(request) {
      directory.setSuspended(request.account, true);
      state.hold(request.account);
      state.containments.push({ ...request, id: state.containments.length + 1, sample: [] });
    },
    ledger: {
      bounds(subject) {
        const account = accountOf(subject);
        const name = account && directory.domain(account.slice(account.lastIndexOf("@") + 1))?.postoffice;
        const suspended = account && directory.account(account)?.suspended;
        return {
          own: rules.get(subject),
          ofKind: rules.get(kindOf(subject)),
          ...(name
            ? {
                postoffice: { name, own: rules.get(`postoffice:${name}`), ofKind: rules.get("postoffice:*") },
              }
            : {}),
          ...(typeof suspended === "boolean" ? { suspended } : {}),
        };
      },
      use: (subject) => uses.get(subject),
      seenDay: (account, recipient) => known.get(`${account} ${recipient}`),
      putUse: (subject, row) => void uses.set(subject, row),
      remember: (account, recipient, day) => void known.set(`${account} ${recipient}`, day),
      contain: (account, cause, at) => state.contain({ account, cause, by: "rule", at }),
    },
  };
  return state;
}
