import assert from "node:assert/strict";
import { test } from "node:test";
import { type CliTerminal, cliTerminal } from "../../test/support/cli-terminal.ts";
import { memoryAdminContext } from "../../test/support/memory-admin-context.ts";
import { plusMs } from "../core/instant.ts";
import { ok } from "../core/result.ts";
import type { Explanation } from "../relay/explain.ts";

/** Runs a line that must be done; gives what it wrote. */
async function done(terminal: CliTerminal, line: string | string[], stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await terminal.run(line, stdin);
  assert.equal(code, 0, `${String(line)}: ${stderr}`);
  return stdout;
}

/** A terminal whose server hosts example.test with the mailbox alice. */
async function withAlice(): Promise<CliTerminal> {
  const terminal = cliTerminal();
  await done(terminal, "postoffice add acme");
  await done(terminal, "domain add example.test --postoffice acme");
  await done(terminal, "mailbox add alice@example.test --password-stdin", "secret\n");
  return terminal;
}

test("the commands of the specification do what they say", async () => {
  const terminal = await withAlice();
  assert.match(
    await done(terminal, "address add info@example.test --to alice@example.test"),
    /info@example\.test goes to/,
  );
  await done(terminal, "group add sales@example.test --member alice@example.test --member bob@other.test");
  await done(terminal, "domain set-catch-all example.test --to alice@example.test");
  await done(terminal, ["route", "add", "--to", "*", "--host", "127.0.0.1:2626", "--tls", "none"]);
  await done(
    terminal,
    "privileged add 192.0.2.0/28 --label printers --owner it@example.test --senders a@example.test,b.test --daily 5",
  );
  await done(terminal, "pop-grant allow 192.0.2.7");
  await done(terminal, "mailbox suspend alice@example.test");
  await done(terminal, "mailbox resume alice@example.test");
  assert.match(await done(terminal, "domain show example.test"), /catch-all {4}alice@example\.test/);
  assert.match(await done(terminal, "group list"), /alice@example\.test, bob@other\.test/);
  assert.match(await done(terminal, "route list"), /\* {3}127\.0\.0\.1 {2}2626 {2}none/);
  assert.match(await done(terminal, "privileged list"), /printers.*0\/5.*a@example\.test,@b\.test/);
  assert.match(await done(terminal, "pop-grant list"), /192\.0\.2\.7.*without identity/);
  assert.match(await done(terminal, "queue list"), /The queue is empty/);
  assert.match(await done(terminal, "queue stats"), /outbound {8}0/);
  assert.match(await done(terminal, "journal search --since 1h"), /Nothing found/);
  assert.match(await done(terminal, "doctor"), /ok {4}relay policy: policy 2 is closed/);
});

test("limits are set, shown with their use and listed", async () => {
  const terminal = await withAlice();
  assert.match(await done(terminal, "limits list"), /No limits are set/);
  await done(terminal, ["limits", "set", "account:*", "recipientsPerDay=2000", "firstTimePerDay=200"]);
  await done(terminal, "limits set alice@example.test recipientsPerDay=none");
  assert.equal(
    await done(terminal, "limits list"),
    "FOR                         SET\n" +
      "account:*                   recipientsPerDay=2000 firstTimePerDay=200\n" +
      "account:alice@example.test  recipientsPerDay=none\n",
  );
  const shown = await done(terminal, "limits show alice@example.test");
  assert.match(shown, /^recipientsPerDay +0 +no limit$/m);
  assert.match(shown, /^firstTimePerDay +0 +200$/m);
  assert.match(shown, /^containFirstTime \(10 min\) +0 +50$/m);
  const wrong = await terminal.run("limits set alice@example.test recipientPerDay=5");
  assert.equal(wrong.code, 64);
  assert.match(wrong.stderr, /did you mean recipientsPerDay/);
});

test("an account is contained, looked at, purged after a yes, and released", async () => {
  const terminal = await withAlice();
  assert.match(await done(terminal, "containment list"), /Nobody has been contained/);
  await done(terminal, ["containment", "contain", "alice@example.test", "--reason", "her laptop was stolen"]);
  const { containments } = terminal.context;
  const message = {
    message: "0F3K9QZ7A2M",
    acceptedAt: terminal.context.clock(),
    client: "192.0.2.9",
    sender: "alice@example.test",
    recipients: ["victim@far.test"],
    header: "Subject: \u001b[2Jwin\r\nX: y\r\n\r\n",
  };
  await containments.followedUp(1, [message], terminal.context.clock());
  assert.match(await done(terminal, "containment list"), /alice@example\.test.*her laptop was stolen/);
  const shown = await done(terminal, "containment show alice@example.test");
  assert.match(shown, /^cause +her laptop was stolen$/m);
  assert.match(shown, /^0F3K9QZ7A2M .* from 192\.0\.2\.9: <alice@example\.test> to victim@far\.test$/m);
  // What a thief has written must not steer the terminal.
  assert.match(shown, /^ {2}Subject: \?\[2Jwin$/m);
  const unasked = await terminal.run("containment purge alice@example.test");
  assert.equal(unasked.code, 64);
  assert.match(await done(terminal, "containment purge alice@example.test --yes"), /Deleted of .*: 0/);
  assert.match(await done(terminal, "containment release alice@example.test"), /may send again/);
  assert.match(
    await done(terminal, "containment alerts --mail ops@example.test"),
    /^mail +ops@example\.test\nwebhook +none$/m,
  );
});

test("a table is aligned", async () => {
  const terminal = await withAlice();
  await done(terminal, "mailbox add averylongname@example.test");
  assert.equal(
    await done(terminal, "mailbox list"),
    "MAILBOX                     POST OFFICE  LOGIN\n" +
      "alice@example.test          acme         may log in\n" +
      "averylongname@example.test  acme         no password yet\n",
  );
});

test("a password comes from stdin as one line, which need not end", async () => {
  const terminal = await withAlice();
  const keptPassword = async () =>
    (await terminal.context.directory.account("alice@example.test"))?.credentials?.argon2id;
  assert.equal(await keptPassword(), "plain:secret");
  await done(terminal, "mailbox set-password alice@example.test --password-stdin", " two words ");
  assert.equal(await keptPassword(), "plain: two words ");
  for (const stdin of ["", "\n", "a\nb\n", "x".repeat(5000)]) {
    const { code, stderr } = await terminal.run(
      "mailbox set-password alice@example.test --password-stdin",
      stdin,
    );
    assert.equal(code, 64, JSON.stringify(stdin.slice(0, 9)));
    assert.doesNotMatch(stderr, /two words/);
  }
  const { code, stderr } = await terminal.run("mailbox set-password alice@example.test");
  assert.equal(code, 64);
  assert.match(stderr, /--password-stdin/);
});

test("at a terminal a password is asked for twice, and two that differ change nothing", async () => {
  const context = (await withAlice()).context;
  const password = async () => (await context.directory.account("alice@example.test"))?.credentials?.argon2id;
  const line = "mailbox set-password alice@example.test";
  assert.equal((await cliTerminal({ context, answers: ["one", "two"] }).run(line)).code, 1);
  assert.equal((await cliTerminal({ context, answers: [undefined] }).run(line)).code, 1);
  assert.equal(await password(), "plain:secret");
  assert.equal((await cliTerminal({ context, answers: ["one", "one"] }).run(line)).code, 0);
  assert.equal(await password(), "plain:one");
});

test("what makes the server weak names the option, or has the word typed at a terminal", async () => {
  const line = "relay set localSenders.enabled=true";
  const refused = await cliTerminal().run(line);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /would make the server weak.*add --confirm weak/);
  assert.equal((await cliTerminal().run(`${line} --yes`)).code, 1);
  assert.equal((await cliTerminal().run(`${line} --confirm weak`)).code, 0);
  assert.equal((await cliTerminal({ answers: ["yes"] }).run(line)).code, 1);
  const typed = await cliTerminal({ answers: ["weak"] }).run(line);
  assert.equal(typed.code, 0);
  assert.match(typed.stdout, /localSenders\.enabled: false → true/);
  assert.match(typed.stdout, /Policy 2 is weak/);
});

test("rows are dropped only after a yes", async () => {
  const unasked = await cliTerminal().run("queue drop --all");
  assert.equal(unasked.code, 64);
  assert.match(unasked.stderr, /add --yes/);
  assert.equal((await cliTerminal({ answers: [false] }).run("queue drop --all")).code, 1);
  assert.equal((await cliTerminal({ answers: [true] }).run("queue drop --all")).stdout, "0 rows deleted.\n");
  assert.equal((await cliTerminal().run("queue drop --all --yes")).code, 0);
  assert.equal((await cliTerminal().run("queue drop --yes")).code, 64);
});

const EXPLANATION: Explanation = {
  decision: "reject",
  reason: "denied-no-ground",
  grounds: [],
  identity: { kind: "anonymous" },
  policy: 1,
  reply: { code: 550, status: "5.7.1", text: "Relaying is not allowed from here" },
  steps: [{ check: "mail relay enabled", result: "pass", saw: "on" }],
  flip: [
    {
      change: "Add 203.0.113.9 as a privileged address",
      by: "administrator",
      command: "postern privileged add 203.0.113.9",
      risk: "whoever sends from there relays without a login",
      decision: "relay",
    },
  ],
};

test("an explanation reads from the answer to what would turn it, and is the plain value as JSON", async () => {
  const questions: unknown[] = [];
  const context = memoryAdminContext({
    explain: async (question) => {
      questions.push({ ...question, client: question.client.text });
      return ok(EXPLANATION);
    },
  });
  const line = "relay explain --ip 203.0.113.9 --listener mx --tls --login alice --from <> --to b@other.test";
  const terminal = cliTerminal({ context });
  assert.equal(
    await done(terminal, line),
    [
      "Refused (denied-no-ground).",
      "Decided by policy 1.",
      "",
      "What was looked at",
      "  CHECK               RESULT  SAW",
      "  mail relay enabled  pass    on",
      "",
      "Reply",
      "  550 5.7.1 Relaying is not allowed from here",
      "",
      "What would make the server take it",
      "  • Add 203.0.113.9 as a privileged address (administrator)",
      "      postern privileged add 203.0.113.9",
      "      Risk: whoever sends from there relays without a login",
      "",
    ].join("\n"),
  );
  assert.deepEqual(questions, [
    {
      client: "203.0.113.9",
      listener: "mx",
      tls: true,
      login: "alice",
      sender: "",
      recipient: "b@other.test",
    },
  ]);
  assert.deepEqual(JSON.parse(await done(terminal, `${line} --json`)), EXPLANATION);
});

test("doctor ends with 1 where something fails, after it has shown everything", async () => {
  const bad = { name: "disk", state: "fail" as const, saw: "full", todo: "make room" };
  const terminal = cliTerminal({ context: memoryAdminContext({ checks: [async () => bad] }) });
  const { code, stdout } = await terminal.run("doctor");
  assert.equal(code, 1);
  assert.match(stdout, /^fail {2}disk: full\n {6}→ make room\n/);
});

test("blocks for guessing are listed, and removed by address or login", async () => {
  const forgotten: unknown[] = [];
  const terminal = cliTerminal({
    context: memoryAdminContext({ forgetGuesses: (subject) => void forgotten.push(subject) }),
  });
  const { guesses, clock } = terminal.context;
  assert.match(await done(terminal, "login-block list"), /Nobody is blocked/);
  const times = { since: clock(), until: plusMs(clock(), 900_000), round: 1 };
  await guesses.putBlock({ network: "2001:db8:1:2::/64", ...times });
  await guesses.putBlock({ login: "alice@example.test", ...times, round: 2 });
  await guesses.putBlock({ network: "192.0.2.7", login: "bob@example.test", ...times });
  const listed = await done(terminal, "login-block list");
  assert.match(listed, /2001:db8:1:2::\/64 {2}any/);
  assert.match(listed, /any {16}alice@example\.test .* 2$/m);
  assert.match(listed, /192\.0\.2\.7 {10}bob@example\.test/);
  await done(terminal, "login-block remove 2001:db8:1:2::99");
  await done(terminal, "login-block remove Alice@example.test");
  await done(terminal, "login-block remove 192.0.2.7");
  assert.deepEqual(forgotten, [
    { network: "2001:db8:1:2::/64" },
    { login: "alice@example.test" },
    { network: "192.0.2.7" },
  ]);
  assert.match(await done(terminal, "login-block list"), /Nobody is blocked/);
  const { code, stderr } = await terminal.run("login-block remove 192.0.2.7");
  assert.equal(code, 1);
  assert.match(stderr, /192\.0\.2\.7 is not blocked/);
});

test("an app password is made, shown once, listed and removed", async () => {
  const terminal = await withAlice();
  const address = "alice@example.test";
  assert.match(await done(terminal, `mailbox app-password list ${address}`), /no app passwords/);
  const options = "--scope smtp --from 192.0.2.0/28,2001:db8::1 --expires 90d";
  const made = await done(terminal, `mailbox app-password add ${address} scanner ${options}`);
  assert.match(made, /shown this once:\napp-password\n/);
  const listed = await done(terminal, `mailbox app-password list ${address}`);
  assert.match(listed, /scanner {2}smtp {3}192\.0\.2\.0\/28,2001:db8::1 {2}2027-02-22 .* never/);
  assert.doesNotMatch(listed, /app-password/);
  const wrong: readonly (readonly [string, RegExp])[] = [
    [`add ${address} scanner`, /has an app password scanner already/],
    [`add ${address} x --from 192.0.2.1/28`, /did you mean 192\.0\.2\.0\/28/],
    [`add ${address} x --expires 2020-01-01`, /has passed already/],
    [`add ${address} x --scope imap`, /scopes/],
    ["add nobody@example.test x", /there is no mailbox nobody@example\.test/],
    [`remove ${address} x`, /has no app password x/],
  ];
  for (const [line, why] of wrong) {
    const { code, stderr } = await terminal.run(`mailbox app-password ${line}`);
    assert.notEqual(code, 0, line);
    assert.match(stderr, why);
  }
  assert.match(
    await done(terminal, `mailbox set ${address} --main-password console-only`),
    /do not take the main password .* app passwords: 1/,
  );
  await done(terminal, `mailbox app-password remove ${address} scanner`);
  assert.match(await done(terminal, `mailbox app-password list ${address}`), /no app passwords/);
  await done(terminal, `mailbox set ${address} --main-password everywhere`);
});

test("a mailbox that is made anew has nothing of the app passwords before it", async () => {
  const terminal = await withAlice();
  const address = "alice@example.test";
  await done(terminal, `mailbox app-password add ${address} scanner`);
  await done(terminal, `mailbox set ${address} --main-password console-only`);
  await done(terminal, `mailbox remove ${address}`);
  await done(terminal, `mailbox add ${address}`);
  assert.match(await done(terminal, `mailbox app-password list ${address}`), /no app passwords/);
  assert.equal(await terminal.context.appPasswords.mainPasswordUse(address), "everywhere");
});
