import { type Static, Type } from "typebox";
import { parseId, type QueueId } from "../core/ids.ts";
import { ok, type Result } from "../core/result.ts";
import type { QueueAction, QueueFilter } from "../ports/queue-store.ts";
import type { AdminContext } from "./admin-context.ts";
import { LimitNumber, NoInput } from "./input-types.ts";
import { viewRow, viewRowDetails } from "./queue-views.ts";
import { isoTime } from "./read-input.ts";
import { type InputProblem, invalid, invalidInput, type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const IdText = Type.String({ minLength: 1, maxLength: 20 });

const FILTER = {
  lane: Type.Optional(Type.Enum(["local", "outbound"])),
  destination: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  sender: Type.Optional(Type.String({ maxLength: 320 })),
  login: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
};

/** Rows that wait, oldest first. */
export const queueList = defineUseCase({
  name: "queue.list",
  summary: "List the rows of the queue, one for each recipient",
  input: Type.Object({ ...FILTER, limit: Type.Optional(LimitNumber) }),
  changes: false,
  async run({ queue, policies }, input) {
    const { settings } = await policies.current();
    const rows = await queue.list({ ...input, limit: input.limit ?? 100 });
    return ok(rows.map((row) => viewRow(row, settings.enabled)));
  },
});

/** One row with all that is known of it. */
export const queueShow = defineUseCase({
  name: "queue.show",
  summary: "Show a row of the queue with its message's envelope and last answer",
  input: Type.Object({ id: IdText }),
  changes: false,
  async run({ queue, policies }, input) {
    const id = parseId<"QueueId">(input.id);
    const row = id === undefined ? undefined : await queue.show(id);
    if (!row) return refuse("not-found", `there is no row ${input.id} in the queue; it may be done by now`);
    const { settings } = await policies.current();
    return ok(viewRowDetails(row, settings.enabled));
  },
});

/** Counts by lane and state. */
export const queueStats = defineUseCase({
  name: "queue.stats",
  summary: "Count the queue by lane and state",
  input: NoInput,
  changes: false,
  async run({ queue, policies, clock }) {
    const { settings } = await policies.current();
    const { lanes, oldestAt } = await queue.stats(clock());
    return ok({
      lanes,
      /** SPEC R-6: with relay off everything in the outbound lane is held. */
      outboundHeldByRelayOff: !settings.enabled,
      ...(oldestAt === undefined ? {} : { oldestAt: isoTime(oldestAt) }),
    });
  },
});

const Selection = Type.Object({
  ...FILTER,
  ids: Type.Optional(Type.Array(IdText, { minItems: 1, maxItems: 10_000 })),
  /** Every row. An empty selection is refused, so that nobody drops the queue by leaving something out. */
  all: Type.Optional(Type.Boolean()),
});

/** Makes rows due now. */
export const queueRetry = defineUseCase(actOn("retry", "Try rows again now instead of when they are due"));
/** Keeps rows from being tried until released. */
export const queueHold = defineUseCase(actOn("hold", "Hold rows: they wait until they are released"));
/** Ends a hold. */
export const queueRelease = defineUseCase(actOn("release", "Release rows that are held"));
/** Deletes rows; nobody is told. */
export const queueDrop = defineUseCase(actOn("drop", "Delete rows for good; their senders are not told"));

function actOn(action: QueueAction, summary: string) {
  return {
    name: `queue.${action}`,
    summary,
    input: Selection,
    changes: true,
    run: (context: AdminContext, input: Static<typeof Selection>) => act(context, action, input),
  };
}

async function act(
  { queue, bodies, clock, wakeQueue }: AdminContext,
  action: QueueAction,
  selection: Static<typeof Selection>,
): Promise<Result<{ action: QueueAction; rows: number }, Refusal>> {
  const filter = readSelection(selection);
  if (!filter.ok) return filter;
  const { rows, releasedBodies } = await queue.act(action, filter.value, clock());
  for (const name of releasedBodies) await bodies.remove(name);
  if (action === "retry" || action === "release") wakeQueue();
  if (rows === 0 && selection.ids)
    return refuse("not-found", "no such row is in the queue; it may be done by now");
  return ok({ action, rows });
}

function readSelection({
  all,
  ids: texts,
  ...filter
}: Static<typeof Selection>): Result<QueueFilter, Refusal> {
  const isNarrowed = texts !== undefined || Object.keys(filter).length > 0;
  if (isNarrowed === (all === true)) {
    return isNarrowed
      ? invalid("all", "is every row; leave it out, or the ids and filters")
      : invalid("", "say which rows: ids, a filter, or all");
  }
  const ids: QueueId[] = [];
  const problems: InputProblem[] = [];
  for (const [index, text] of (texts ?? []).entries()) {
    const id = parseId<"QueueId">(text);
    if (id !== undefined) ids.push(id);
    else problems.push({ path: `ids[${index}]`, message: `"${text}" is no id; queue list shows them` });
  }
  if (problems.length > 0) return invalidInput(problems);
  return ok({ ...filter, ...(texts ? { ids } : {}) });
}
