// npm run crash: kills the server again and again under load and looks whether every acknowledged message arrives.
import { parseArgs } from "node:util";
import { installTestTools } from "../../scripts/debian-packages.ts";
import { type CrashReport, crashRun } from "./crash-run.ts";
import { KILL_POINTS, type KillPoint } from "./kill-points.ts";
import { sendLargeBodies } from "./large-bodies.ts";
import { type Random, seededRandom } from "./random.ts";

const OPTIONS = {
  rounds: { type: "string", default: "300" },
  seed: { type: "string" },
  points: { type: "string", default: KILL_POINTS.map(({ name }) => name).join(",") },
  "large-bodies": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const MIB = 1024 * 1024;
const LARGE = { messages: 50, bytes: 50 * MIB };

const HELP = `npm run crash -- [OPTION…]

Kills the real server with SIGKILL, round after round on one data folder, while four connections send messages with an id
and a checksum to a mailbox and, through it, to a peer that sometimes cuts its answer. In each round the server is killed at
one point; strace does it on entering a system call. In the end, and every 20 rounds, the server may finish its work, and
then: every acknowledged message is there, none is torn, none came twice but where the server could not know that it had
come, and neither a body file nor a file in a Maildir's tmp nor a row of the queue is left over.

  --rounds N        rounds; the points take turns (${OPTIONS.rounds.default})
  --seed N          the same sizes, kinds and moments again (a new one each time, which is printed)
  --points LIST     only these
  --large-bodies    kills nobody; sends ${LARGE.messages} messages of ${LARGE.bytes / MIB} MiB at once to a mailbox and a peer, and
                    says what memory that took
  --json            one JSON object on stdout; progress goes to stderr

Points:
${KILL_POINTS.map(({ name, says }) => `  ${name.padEnd(17)} ${says}`).join("\n")}

Linux only; needs strace, which is installed where root or sudo allows it. Exit code 0: every promise was kept; 1: not.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  installTestTools();
  if (values["large-bodies"]) return largeBodies(values.json);
  const rounds = wholeNumber("rounds", values.rounds);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber("seed", values.seed);
  const random = seededRandom(seed);
  const points = inTurn(named(values.points), rounds, random);
  process.stderr.write(`${rounds} rounds, --seed ${seed}\n`);
  const report = await crashRun({
    points,
    seed,
    onRound: ({ round, point, reached }) => {
      process.stderr.write(
        `round ${round}/${rounds}  ${point}${reached ? "" : "  (not reached in time; killed all the same)"}\n`,
      );
    },
    onLook: ({ sent, acknowledged, duplicates }, problems) => {
      process.stderr.write(
        `  ${sent} sent, ${acknowledged} acknowledged, ${duplicates} twice, ${problems} problems\n`,
      );
    },
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, ...report }, null, 2)}\n`);
  else printReport(report, seed);
  return report.problems.length === 0 ? 0 : 1;
}

function printReport({ problems, reached, ...counts }: CrashReport, seed: number): void {
  for (const [point, of] of Object.entries(reached))
    process.stdout.write(`${point.padEnd(17)} reached in ${of.reached} of ${of.rounds} rounds\n`);
  process.stdout.write(
    `${counts.sent} messages sent, ${counts.acknowledged} acknowledged, ${counts.cutAnswers} answers cut, ` +
      `${counts.duplicates} copies beside the first.\n`,
  );
  for (const problem of problems) process.stdout.write(`PROBLEM  ${problem}\n`);
  process.stdout.write(problems.length === 0 ? "Every promise was kept.\n" : `Again: --seed ${seed}\n`);
}

async function largeBodies(json: boolean): Promise<number> {
  const report = await sendLargeBodies(LARGE);
  const { whole, relayed, idleBytes, grewByBytes } = report;
  const text =
    `${whole} of ${LARGE.messages} are whole in the mailbox, ${relayed} came to the peer. Idle, the server had ` +
    `${Math.round(idleBytes / MIB)} MiB; it grew by at most ${Math.round(grewByBytes / MIB)} MiB.`;
  process.stdout.write(`${json ? JSON.stringify({ ...LARGE, ...report }, null, 2) : text}\n`);
  return whole === LARGE.messages && relayed === LARGE.messages ? 0 : 1;
}

/** Every point as often as the others, each time round in another order. */
function inTurn(points: readonly KillPoint[], rounds: number, random: Random): KillPoint[] {
  const all: KillPoint[] = [];
  while (all.length < rounds) {
    const left = [...points];
    while (left.length > 0) all.push(...left.splice(random.between(0, left.length - 1), 1));
  }
  return all.slice(0, rounds);
}

function named(list: string): KillPoint[] {
  return list.split(",").map((name) => {
    const point = KILL_POINTS.find((each) => each.name === name);
    if (!point) throw new Error(`There is no point "${name}". npm run crash -- --help lists them.`);
    return point;
  });
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text}: a whole number from 1 on is needed.`);
  return Number(text);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
