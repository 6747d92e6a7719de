import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { offer, openSmtpDialog, type SmtpDialog } from "../support/smtp-dialog.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";
import { waitUntil } from "../support/wait-until.ts";

const STOLEN = { user: "carol@example.test", password: "carol carol 1" } as const;
const NEIGHBOUR = { user: "dave@example.test", password: "dave dave 1" } as const;
const VICTIMS = 200;
const SESSIONS = 10;
/** SPEC §2, shown by: contained before the sixtieth message leaves. */
const MOST_TO_LEAVE = 59;

interface Row {
  readonly sender: string;
  readonly state: string;
}

describe("an account whose password was stolen", needsTool("smtp-sink"), () => {
  let postern: PosternServer;
  let sink: SmtpSink;
  const hooks: string[] = [];
  const hook = createServer((request, response) => {
    void text(request).then((body) => {
      hooks.push(body);
      // The first time it fails, to be asked again.
      response.writeHead(hooks.length === 1 ? 503 : 204).end();
    });
  });

  before(async () => {
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    const { port } = hook.address() as { port: number };
    sink = await startSmtpSink();
    postern = await startPostern();
    const route = ["--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"];
    await postern.configure(
      ["route", "add", ...route],
      ["containment", "alerts", "--webhook", `http://127.0.0.1:${port}/hook`],
    );
    for (const { user, password } of [STOLEN, NEIGHBOUR]) {
      const made = await postern.cli(["mailbox", "add", user, "--password-stdin"], { input: password });
      assert.equal(made.code, 0, made.output);
    }
  });
  after(async () => {
    await postern?.stop();
    await sink?.stop();
    hook.close();
  });

  function send(login: { user: string; password: string }, to: string): Promise<string> {
    return offer({ port: postern.port("submission"), from: login.user, to, login });
  }

  /** Sends to victims one after another until the server has enough. @returns how many it took. */
  async function steal(victims: readonly string[]): Promise<number> {
    const dialog = await openSmtpDialog({ port: postern.port("submission") });
    let taken = 0;
    try {
      await dialog.startTls();
      await dialog.command(plain(STOLEN));
      for (const victim of victims) {
        if (!(await sendOne(dialog, victim)).startsWith("250")) break;
        taken += 1;
      }
    } catch {
      // Its sessions are ended: a closed connection is what is wanted.
    } finally {
      dialog.close();
    }
    return taken;
  }

  test("is contained before the sixtieth message leaves, and nothing of a neighbour is held", async () => {
    const victims = Array.from({ length: VICTIMS }, (_, n) => `victim${n}@far.test`);
    const shares = Array.from({ length: SESSIONS }, (_, n) => victims.filter((_, i) => i % SESSIONS === n));
    const neighbours = async () => {
      const replies: string[] = [];
      for (const n of [1, 2, 3, 4, 5]) replies.push(await send(NEIGHBOUR, `friend${n}@far.test`));
      return replies;
    };
    const [replies, ...taken] = await Promise.all([neighbours(), ...shares.map(steal)]);
    for (const reply of replies) assert.match(reply, /^250 /);
    const accepted = taken.reduce((sum, each) => sum + each, 0);
    assert.ok(accepted >= 50 && accepted < VICTIMS, `${accepted} were taken`);
    assert.match(await send(STOLEN, "another@far.test"), /^550 5\.7\.1 Sending is suspended/);

    let rows: Row[] = [];
    await waitUntil(
      () => `rows wait that are not held: ${JSON.stringify(rows)}`,
      async () => {
        rows = await postern.json<Row[]>("queue", "list", "--lane", "outbound");
        return rows.every(({ state }) => state === "held") ? true : undefined;
      },
    );
    assert.deepEqual([...new Set(rows.map(({ sender }) => sender))], [STOLEN.user]);
    const left = (await sink.received()) - replies.length;
    assert.ok(left <= MOST_TO_LEAVE, `${left} messages left`);
    assert.equal(left + rows.length, accepted);
  });

  test("the postmaster and the webhook are told, and the sample shows what was sent", async () => {
    const messages = await postern.mailbox(ALICE.user).waitForMessages(1);
    assert.match(String(messages[0]), /Subject: carol@example\.test may not send any more\r\n/);
    await waitUntil(
      () => `the webhook was called ${hooks.length} times`,
      async () => (hooks.length >= 2 ? true : undefined),
    );
    const { at, ...said } = JSON.parse(hooks[1] ?? "");
    assert.match(said.cause, /^50 recipients it had never sent to within ten minutes/);
    assert.deepEqual(
      { ...said, cause: "" },
      {
        event: "account-contained",
        account: STOLEN.user,
        by: "rule",
        cause: "",
      },
    );
    assert.ok(Date.parse(at) > 0);
    const shown = await postern.json<{ sample: { header: string; recipients: string[] }[] }>(
      "containment",
      "show",
      STOLEN.user,
    );
    assert.equal(shown.sample.length, 5);
    assert.match(shown.sample[0]?.header ?? "", /^Received: [\s\S]*Subject: you have won/);
    assert.match(shown.sample[0]?.recipients[0] ?? "", /^victim\d+@far\.test$/);
  });

  test("it still receives mail", async () => {
    assert.match(
      await offer({ port: postern.port("mx"), from: "friend@far.test", to: STOLEN.user }),
      /^250 /,
    );
    await postern.mailbox(STOLEN.user).waitForMessages(1);
  });

  test("what it had queued is deleted, and after release it sends again", async () => {
    const purged = await postern.json<{ rowsDeleted: number }>("containment", "purge", STOLEN.user, "--yes");
    assert.ok(purged.rowsDeleted > 0);
    assert.deepEqual(await postern.json("queue", "list", "--lane", "outbound"), []);
    assert.match(await send(STOLEN, "another@far.test"), /^550 /);
    await postern.configure(["containment", "release", STOLEN.user]);
    assert.match(await send(STOLEN, "another@far.test"), /^250 /);
  });
});

function plain({ user, password }: { user: string; password: string }): string {
  return `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString("base64")}`;
}

async function sendOne(dialog: SmtpDialog, victim: string): Promise<string> {
  for (const command of [`MAIL FROM:<${STOLEN.user}>`, `RCPT TO:<${victim}>`]) {
    const reply = await dialog.command(command);
    if (!reply.startsWith("250")) return reply;
  }
  return dialog.data(Buffer.from("Subject: you have won\r\n\r\nClick here.\r\n"));
}
