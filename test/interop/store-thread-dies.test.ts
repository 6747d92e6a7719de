import assert from "node:assert/strict";
import { test } from "node:test";
import { ALICE, setUpPostern } from "../support/postern-server.ts";
import { offer } from "../support/smtp-dialog.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Loaded before the server: SIGUSR2 then ends its store thread in the middle of what that does. */
const KILLABLE = `
  let thread;
  process.on("worker", (started) => { thread = started; });
  process.on("SIGUSR2", () => thread.terminate());`;
const UNDER = ["env", `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(KILLABLE)}`];

test("while the store thread dies again and again, mail is taken or gets a 4xx, and what was taken arrives", async (t) => {
  const folder = await setUpPostern();
  const server = await folder.serve(UNDER);
  t.after(async () => {
    await server.end();
    await folder.remove();
  });
  const taken: string[] = [];
  const send = async (name: string) => {
    const message = `Subject: ${name}\r\n\r\nx\r\n`;
    const reply = await offer({ port: server.port("mx"), from: "a@other.test", to: ALICE.user, message });
    assert.match(reply, /^(250|4\d\d) /, server.log());
    if (reply.startsWith("250")) taken.push(name);
    return reply;
  };
  const times = (event: string) => server.log().split(`"${event}"`).length - 1;
  for (let round = 1; round <= 3; round += 1) {
    const sending = Promise.all(Array.from({ length: 10 }, (_, n) => send(`${round}-${n}`)));
    process.kill(server.pid, "SIGUSR2");
    await sending;
    await waitUntil(server.log, async () => (times("store-revived") === round ? true : undefined));
    assert.equal(times("store-down"), round);
    assert.match(await send(`after ${round}`), /^250 /);
  }
  await folder.waitForEmptyQueue();
  const messages = await folder.mailbox(ALICE.user).messages();
  const subjects = messages.map((message) => /^Subject: (.*)\r?$/m.exec(message.toString())?.[1]);
  assert.deepEqual(
    taken.filter((name) => !subjects.includes(name)),
    [],
  );
  assert.equal((await folder.cli(["health"])).code, 0);
});
