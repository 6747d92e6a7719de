import { type ServingPostern, type SetUpPostern, setUpPostern } from "../support/postern-server.ts";
import { toolPath } from "../support/tools.ts";
import { type CrashSink, REFUSED_DOMAIN, startCrashSink } from "./crash-sink.ts";
import { type Drafts, drafts } from "./drafts.ts";
import { keptRows } from "./kept-rows.ts";
import { type KillPoint, killingTrace, lieInWait, type SystemCall } from "./kill-points.ts";
import { type Ledger, type LedgerCounts, ledger } from "./ledger.ts";
import { sendLoad } from "./load.ts";
import { readMark } from "./marked-message.ts";
import { crashMigration } from "./migration-crash.ts";
import { type Random, seededRandom } from "./random.ts";
import { settle, untilQueueIsEmpty } from "./settle.ts";

export interface CrashOptions {
  /** The point of each round, in their order. */
  readonly points: readonly KillPoint[];
  readonly seed: number;
  /** Told after each round. */
  readonly onRound?: (round: RoundEnd) => void;
  /** Told after each look at everything: the counts so far, and how many problems there are. */
  readonly onLook?: (counts: LedgerCounts, problems: number) => void;
}

export interface RoundEnd {
  readonly round: number;
  readonly point: string;
  /** Whether the server died there; otherwise it was killed when it had not come there in time. */
  readonly reached: boolean;
}

/** What a run has seen. */
export interface CrashReport extends LedgerCounts {
  readonly rounds: number;
  readonly reached: Readonly<Record<string, { readonly rounds: number; readonly reached: number }>>;
  /** Every broken promise; empty where all were kept. */
  readonly problems: readonly string[];
}

/** The server runs so many rounds before everything is looked at and the mailbox is emptied. */
const SETTLE_EVERY = 20;
const SESSIONS = 4;
/** How long a server may take to come to its point, under load. */
const REACHED_WITHIN_MS = 8000;
const CUT_SHARE = 0.04;

/**
 * Kills a server again and again on one data folder, round by round, under load over several connections to a mailbox and
 * to a peer, and holds what has arrived against what was acknowledged.
 */
export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const run = await startRun(seededRandom(options.seed));
  const reached = new Map<string, { rounds: number; reached: number }>();
  try {
    for (const [index, point] of options.points.entries()) {
      const hit = await oneRound(run, index + 1, point);
      const before = reached.get(point.name) ?? { rounds: 0, reached: 0 };
      reached.set(point.name, { rounds: before.rounds + 1, reached: before.reached + (hit ? 1 : 0) });
      options.onRound?.({ round: index + 1, point: point.name, reached: hit });
      const last = index + 1 === options.points.length;
      if (!last && (index + 1) % SETTLE_EVERY !== 0) continue;
      await lookAtAll(run, index + 2);
      options.onLook?.(run.counts, run.problems.length);
    }
    const { problems, counts } = run;
    return { rounds: options.points.length, reached: Object.fromEntries(reached), problems, ...counts };
  } finally {
    await run.sink.stop();
    await run.folder.remove();
  }
}

/** What lasts from round to round. */
interface Run {
  readonly random: Random;
  readonly folder: SetUpPostern;
  readonly sink: CrashSink;
  readonly drafts: Drafts;
  readonly problems: string[];
  /** Since the last look at everything. */
  ledger: Ledger;
  counts: LedgerCounts;
}

async function startRun(random: Random): Promise<Run> {
  const cuts = seededRandom(random.between(0, 2 ** 31));
  const sink = await startCrashSink({
    cutsAnswer: () => cuts.next() < CUT_SHARE,
    arrived: ({ message, life, answered }) => {
      const mark = readMark(message);
      if (!mark) run.problems.push(`unexpected: the peer got ${message.length} bytes without a mark`);
      else run.ledger.arrived({ ...mark, place: "peer", life, answered });
    },
  });
  const folder = await setUp(sink.port).catch(async (error: unknown) => {
    await sink.stop();
    throw error;
  });
  const counts = { sent: 0, acknowledged: 0, duplicates: 0, cutAnswers: 0 };
  const made = drafts(random, REFUSED_DOMAIN);
  const run: Run = { random, folder, sink, drafts: made, problems: [], ledger: ledger(), counts };
  return run;
}

/** A server that relays the load to the peer. */
async function setUp(peerPort: number): Promise<SetUpPostern> {
  const folder = await setUpPostern({ edit: (toml) => `${toml}\n[queue]\nretry = ["1s"]\n` });
  await folder.configure(
    ["route", "add", "--to", "*", "--host", `127.0.0.1:${peerPort}`, "--tls", "none"],
    ["relay", "set", "privileged.enabled=true"],
    ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "it@example.test"],
  );
  return folder;
}

/** @returns whether the point was reached */
async function oneRound(run: Run, life: number, point: KillPoint): Promise<boolean> {
  const { how } = point;
  run.sink.beginLife(life);
  if (how.by === "migration") {
    const { killed, problems } = await crashMigration(run.random);
    run.problems.push(...problems);
    return killed;
  }
  const reached =
    how.by === "call" && how.during === "start"
      ? await killAtStart(run, how)
      : await killUnderLoad(run, point);
  run.ledger.crashed(life, keptRows(run.folder.dataFolder).underWay);
  return reached;
}

async function killAtStart({ folder, random }: Run, how: SystemCall): Promise<boolean> {
  // -D: the server itself is our child, and strace looks on from beside it.
  const trace = ["-D", "-f", ...killingTrace(how, folder.dataFolder, random)];
  try {
    const server = await folder.serve([toolPath("strace"), ...trace]);
    await server.end("SIGKILL");
    return false;
  } catch (error) {
    if (error instanceof Error && error.message.includes("(SIGKILL)")) return true;
    throw error;
  }
}

async function killUnderLoad(run: Run, { how }: KillPoint): Promise<boolean> {
  const { random, folder, sink } = run;
  const server = await folder.serve();
  const bounce = how.by === "call" && how.during === "bounce";
  // What an earlier crash left would mix its calls with those of the one message.
  if (bounce) await untilQueueIsEmpty(folder.dataFolder);
  const kill = () => void process.kill(server.pid, "SIGKILL");
  const strace = how.by === "call" ? await lieInWait(how, server.pid, folder.dataFolder, random) : undefined;
  if (how.by === "peer") sink.afterNextAnswer(kill);
  const load = sendLoad({
    port: server.port("mx"),
    sessions: bounce ? 1 : SESSIONS,
    next: nextDraft(run, bounce),
    acknowledged: (id) => run.ledger.acknowledged(id),
    refused: (id, reply) => void run.problems.push(`refused: ${id} with ${reply}`),
  });
  const waitMs = how.by === "clock" ? random.between(0, 700) : REACHED_WITHIN_MS;
  const reached = await diesWithin(server, waitMs);
  if (!reached) await server.end("SIGKILL");
  await load;
  await strace?.exited;
  if (bounce) return reached && isHalfBounced(folder.dataFolder);
  return reached || how.by === "clock";
}

/** The report is kept, and the attempt that it tells of has not ended. */
function isHalfBounced(dataFolder: string): boolean {
  const { reports, queued } = keptRows(dataFolder);
  return reports > 0 && queued > reports;
}

/** Under load there is no end of drafts; a bounce is one message alone. */
function nextDraft({ drafts: made, ledger: all }: Run, bounce: boolean) {
  let left = bounce ? 1 : Number.POSITIVE_INFINITY;
  return () => {
    if (left === 0) return undefined;
    left -= 1;
    const { draft, places } = bounce ? made.bouncing() : made.next();
    all.sent(draft.id, places);
    return draft;
  };
}

async function diesWithin(server: ServingPostern, waitMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), waitMs);
  const reached = await Promise.race([server.exited.then(() => true), late.promise]);
  clearTimeout(timer);
  return reached;
}

/** Lets the server do all that is left, then compares, and begins a new page of the ledger with an empty mailbox. */
async function lookAtAll(run: Run, life: number): Promise<void> {
  run.sink.beginLife(life);
  const { copies, problems } = await settle(run.folder);
  for (const copy of copies) run.ledger.arrived(copy);
  run.problems.push(...problems, ...run.ledger.problems());
  const { sent, acknowledged, duplicates, cutAnswers } = run.ledger.counts();
  run.counts = {
    sent: run.counts.sent + sent,
    acknowledged: run.counts.acknowledged + acknowledged,
    duplicates: run.counts.duplicates + duplicates,
    cutAnswers: run.counts.cutAnswers + cutAnswers,
  };
  run.ledger = ledger();
}
