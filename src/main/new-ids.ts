import {
  type DecisionId,
  type Id,
  idSource,
  type MessageId,
  type NewIds,
  type QueueId,
} from "../core/ids.ts";
import type { Clock } from "../core/instant.ts";
import type { Journal } from "../ports/journal.ts";

/** How far ids start after the newest known one, so that a clock that was set back makes none twice. */
const ID_GAP = 4096 * 10_000;

/** The ids of this process. All kinds come from one source, so that those of a message's rows lie together. */
export async function newIds(clock: Clock, journal: Journal): Promise<NewIds> {
  const [newest] = await journal.search({ limit: 1 });
  const next = idSource<"Any">(clock, newest ? newest.id + ID_GAP : 0);
  return {
    message: () => asId<MessageId>(next()),
    queue: () => asId<QueueId>(next()),
    decision: () => asId<DecisionId>(next()),
  };
}

function asId<T extends Id<string>>(id: number): T {
  return id as T;
}
