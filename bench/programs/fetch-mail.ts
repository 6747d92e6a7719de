// Started with a FetchPlan in JSON: logs in to a POP3 server again and again, and prints how long that took, in JSON.
import { once } from "node:events";
import { connect } from "node:net";

/** What the program is told. */
export interface FetchPlan {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Visits in all, and how many at a time. */
  readonly visits: number;
  readonly sessions: number;
  /** Messages that are retrieved in each visit, one command after the other. */
  readonly messages: number;
}

const END = Buffer.from("\r\n.\r\n");

/** A connection on which one command is said at a time. */
async function open(port: number) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received: Buffer = Buffer.alloc(0);
  let wake = () => {};
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    wake();
  });
  await once(socket, "connect");
  /** Waits for a status line, or for the end of a multi-line response. */
  const answer = async (multiLine: boolean): Promise<void> => {
    for (;;) {
      const refused = received[0] === 0x2d;
      const end = multiLine && !refused ? received.indexOf(END) : received.indexOf("\r\n");
      if (end >= 0) {
        if (refused) throw new Error(received.toString("latin1", 0, end));
        received = received.subarray(end + (multiLine ? END.length : 2));
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const say = (line: string, multiLine = false): Promise<void> => {
    socket.write(`${line}\r\n`);
    return answer(multiLine);
  };
  await answer(false);
  return { say, end: () => once(socket.end(), "close") };
}

async function visit(plan: FetchPlan): Promise<void> {
  const { say, end } = await open(plan.port);
  await say(`USER ${plan.user}`);
  await say(`PASS ${plan.password}`);
  await say("STAT");
  if (plan.messages > 0) await say("LIST", true);
  for (let number = 1; number <= plan.messages; number += 1) await say(`RETR ${number}`, true);
  await say("QUIT");
  await end();
}

const plan = JSON.parse(process.argv[2] ?? "") as FetchPlan;
let left = plan.visits;
const started = performance.now();
await Promise.all(
  Array.from({ length: plan.sessions }, async () => {
    while (left > 0) {
      left -= 1;
      await visit(plan);
    }
  }),
);
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000 })}\n`);
