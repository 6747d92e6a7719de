// Opens many sessions, says EHLO in each, and holds them until it is ended. Prints {"seconds":N} when all are open.
import { connectSmtp, type SmtpClient } from "../smtp-client.ts";

/** What is to be held, as JSON in the first argument. */
export interface HoldPlan {
  readonly port: number;
  readonly sessions: number;
  /** Whether each session starts TLS and says EHLO again. */
  readonly tls: boolean;
}

const AT_A_TIME = 50;

const plan = JSON.parse(process.argv[2] ?? "") as HoldPlan;
const held: SmtpClient[] = [];
const started = performance.now();
let left = plan.sessions;
await Promise.all(Array.from({ length: AT_A_TIME }, openSome));
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000 })}\n`);
// Sockets that are open keep the process alive.

async function openSome(): Promise<void> {
  while (left > 0) {
    left -= 1;
    held.push(await open());
  }
}

async function open(): Promise<SmtpClient> {
  const plain = await connectSmtp(plan.port);
  await plain.say("EHLO client.example.test\r\n", "250");
  if (!plan.tls) return plain;
  const secure = await plain.startTls();
  await secure.say("EHLO client.example.test\r\n", "250");
  return secure;
}
