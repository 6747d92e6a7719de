import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type PosternServer, startPostern } from "../support/postern-server.ts";
import { runProcess } from "../support/process.ts";
import { needsTool, toolPath } from "../support/tools.ts";

/** Where no login helps, refusals are 550, after which nmap goes on; after 530 it is content. */
const NO_LOGIN = `[[listeners]]
name = "no-login"
protocol = "smtp"
address = "127.0.0.1"
port = 0
auth = "never"
`;

const CLOSED = "Server doesn't seem to be an open relay, all tests failed";
const LOGIN_NEEDED = "Server isn't an open relay, authentication needed";

describe("nmap's smtp-open-relay", needsTool("nmap"), () => {
  let postern: PosternServer;
  before(async () => {
    postern = await startPostern({ edit: (toml) => toml.replace("[tls]", `${NO_LOGIN}\n[tls]`) });
    // One of nmap's senders is at the host's own name.
    await postern.configure(["domain", "add", "mx.example.test", "--postoffice", "example"]);
  });
  after(() => postern?.stop());

  /** Has nmap try its sixteen ways to send to a stranger's domain; gives its verdict and the ways that went. */
  async function probe(listener: string, triesLeft = 3): Promise<{ verdict: string; ways: string[] }> {
    const { code, output } = await runProcess(toolPath("nmap"), [
      ...["-vv", "-Pn", "-n", "-p", String(postern.port(listener)), "--script", "+smtp-open-relay"],
      ...["--script-args", "smtp-open-relay.domain=far.test,smtp-open-relay.from=anybody", "127.0.0.1"],
    ]);
    assert.equal(code, 0, output);
    const verdict = /smtp-open-relay: +(.*?) *$/m.exec(output)?.[1];
    assert.ok(verdict, output);
    // nmap looks for 530 anywhere in a reply, and a decision's id in it may have these digits too.
    if (listener === "no-login" && verdict === LOGIN_NEEDED && triesLeft > 0)
      return probe(listener, triesLeft - 1);
    return { verdict, ways: output.split("\n").filter((line) => line.includes("-> RCPT TO:")) };
  }

  test("finds nothing with the defaults, whether a login would help or not", async () => {
    assert.deepEqual(await probe("no-login"), { verdict: CLOSED, ways: [] });
    assert.deepEqual(await probe("mx"), { verdict: LOGIN_NEEDED, ways: [] });
    assert.deepEqual(await probe("submission"), { verdict: LOGIN_NEEDED, ways: [] });
    assert.deepEqual(await postern.json("queue", "list"), []);
  });

  test("finds that senders here can be forged once those may relay, and no other way", async () => {
    await postern.configure(["relay", "set", "localSenders.enabled=true", "--confirm", "weak"]);
    const found = await probe("no-login");
    assert.equal(found.verdict, "Server is an open relay (1/16 tests)");
    assert.match(found.ways.join(), /FROM:<anybody@mx\.example\.test> -> RCPT TO:<relaytest@far\.test>/);
    await postern.configure(["relay", "set", "localSenders.enabled=false"]);
    assert.equal((await probe("no-login")).verdict, CLOSED);
  });

  test("finds every plain way once its own address is privileged, and still none by a route in the address", async () => {
    await postern.configure(
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "loopback", "--owner", "it@example.test"],
    );
    const found = await probe("no-login");
    assert.match(found.verdict, /^Server is an open relay/);
    assert.ok(
      found.ways.every((way) => /TO:<(@[^>]*:)?relaytest@far\.test>/.test(way)),
      found.ways.join("\n"),
    );
    await postern.configure(["privileged", "remove", "127.0.0.1"]);
    assert.equal((await probe("no-login")).verdict, CLOSED);
  });
});
