// Sends messages as smtp-source does, one command after the other, and prints how long each reply to the end of data took.
import { connectSmtp, type SmtpClient } from "../smtp-client.ts";

/** What is to be sent, as JSON in the first argument. */
export interface SendPlan {
  readonly port: number;
  readonly sessions: number;
  readonly messages: number;
  readonly sizeBytes: number;
  readonly recipient: string;
  /** Whether each message has a connection of its own. */
  readonly newConnections: boolean;
}

const plan = JSON.parse(process.argv[2] ?? "") as SendPlan;
const message = Buffer.from(messageOf(plan));
const replyMs: number[] = [];
let left = plan.messages;
await Promise.all(Array.from({ length: plan.sessions }, session));
process.stdout.write(`${JSON.stringify(replyMs)}\n`);

async function session(): Promise<void> {
  let client: SmtpClient | undefined;
  while (left > 0) {
    left -= 1;
    client ??= await open();
    await client.say("MAIL FROM:<load@example.test>\r\n", "250");
    await client.say(`RCPT TO:<${plan.recipient}>\r\n`, "250");
    await client.say("DATA\r\n", "354");
    const started = performance.now();
    await client.say(message, "250");
    replyMs.push(performance.now() - started);
    if (plan.newConnections) client = await quit(client);
  }
  if (client) await quit(client);
}

async function open(): Promise<SmtpClient> {
  const client = await connectSmtp(plan.port);
  await client.say("HELO client.example.test\r\n", "250");
  return client;
}

async function quit(client: SmtpClient): Promise<undefined> {
  await client.say("QUIT\r\n", "221");
  client.close();
}

/** A message of that size with the lines that end it. */
function messageOf({ sizeBytes, recipient }: SendPlan): string {
  const header = `From: <load@example.test>\r\nTo: <${recipient}>\r\nSubject: load\r\n\r\n`;
  const line = `${"X".repeat(78)}\r\n`;
  const lines = Math.max(1, Math.round((sizeBytes - header.length) / line.length));
  return `${header}${line.repeat(lines)}.\r\n`;
}
