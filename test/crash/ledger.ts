/** Where copies of a message are expected; a report is what comes back to the sender of a message that the peer refuses. */
export type Place = "mailbox" | "peer" | "report";

/** A copy that was found or that the peer got. */
export interface Copy {
  readonly id: string;
  /** The server's own id of the message. */
  readonly serverId: string;
  readonly place: Place;
  readonly whole: boolean;
  /** Of the peer's copies: which life of the server sent it. */
  readonly life?: number;
  /** Of the peer's copies: whether the peer said `250`. */
  readonly answered?: boolean;
}

/** What has been sent, what was promised, what has arrived, and what each crash interrupted. */
export interface Ledger {
  sent(id: string, places: readonly Place[]): void;
  /** The client has read `250`. */
  acknowledged(id: string): void;
  arrived(copy: Copy): void;
  /** A life of the server was ended by a kill; `interrupted` are the messages of which an attempt was under way then. */
  crashed(life: number, interrupted: ReadonlySet<string>): void;
  /** What is wrong, now that nothing is under way any more; empty: every promise was kept. */
  problems(): string[];
  counts(): LedgerCounts;
}

export interface LedgerCounts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Copies that came beside the first. */
  readonly duplicates: number;
  /** Copies that the peer got and cut its answer to. */
  readonly cutAnswers: number;
}

interface Entry {
  readonly places: readonly Place[];
  acknowledged: boolean;
}

/** Makes an empty ledger. */
export function ledger(): Ledger {
  const entries = new Map<string, Entry>();
  const copies = new Map<string, Copy[]>();
  const crashes = new Map<number, ReadonlySet<string>>();
  const key = (id: string, place: Place) => `${place} ${id}`;
  const copiesOf = (id: string, place: Place) => copies.get(key(id, place)) ?? [];

  function problemsOf(id: string, entry: Entry): string[] {
    return entry.places.flatMap((place) => {
      const found = copiesOf(id, place);
      if (found.length === 0)
        return entry.acknowledged ? [`lost: ${id} was acknowledged, no ${place} copy`] : [];
      return tooMany(found, crashes) ? [`duplicate: ${found.length} ${place} copies of ${id}`] : [];
    });
  }

  return {
    sent: (id, places) => void entries.set(id, { places, acknowledged: false }),
    acknowledged: (id) => {
      const entry = entries.get(id);
      if (entry) entry.acknowledged = true;
    },
    arrived: (copy) => {
      const at = key(copy.id, copy.place);
      copies.set(at, [...(copies.get(at) ?? []), copy]);
    },
    crashed: (life, interrupted) => void crashes.set(life, interrupted),
    problems: () => {
      const all = [...copies.values()].flat();
      const torn = all.filter(({ whole }) => !whole).map(({ id, place }) => `torn: a ${place} copy of ${id}`);
      const strange = all
        .filter(({ id, place }) => !entries.get(id)?.places.includes(place))
        .map(({ id, place }) => `unexpected: a ${place} copy of ${id}`);
      return [...torn, ...strange, ...[...entries].flatMap(([id, entry]) => problemsOf(id, entry))];
    },
    counts: () => ({
      sent: entries.size,
      acknowledged: [...entries.values()].filter((entry) => entry.acknowledged).length,
      duplicates: [...copies.values()].reduce((sum, { length }) => sum + length - 1, 0),
      cutAnswers: [...copies.values()].flat().filter(({ answered }) => answered === false).length,
    }),
  };
}

/** Whether there are more copies than a cut answer or a crash in the middle of an attempt explains. */
function tooMany(found: readonly Copy[], crashes: ReadonlyMap<number, ReadonlySet<string>>): boolean {
  switch (found[0]?.place) {
    case "peer":
      // All copies but the last must have been such that the server could not know of them.
      return found.slice(0, -1).some(({ answered, life = -1, serverId }) => {
        return answered === true && !crashes.get(life)?.has(serverId);
      });
    case "report": {
      const interruptions = [...crashes.values()].filter((each) => each.has(found[0]?.serverId ?? ""));
      return found.length > 1 + interruptions.length;
    }
    default:
      // A file's name comes of the message, so a repeated delivery finds the first.
      return found.length > 1;
  }
}
