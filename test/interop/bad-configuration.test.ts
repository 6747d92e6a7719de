import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { ensureSelfSigned } from "../../src/adapters/tls-files/ensure-self-signed.ts";
import { instant } from "../../src/core/instant.ts";
import { type SetUpPostern, setUpPostern } from "../support/postern-server.ts";
import { tempDir } from "../support/temp-dir.ts";

const CONFIGURATION = 78;
const FAILED = 1;
const USAGE = 64;

/** The number of the first line with that text. */
function lineOf(toml: string, text: string): number {
  return toml.split("\n").findIndex((line) => line.includes(text)) + 1;
}

describe("a server that cannot start says in one message what to do, and changes nothing:", () => {
  let postern: SetUpPostern;
  let good: string;
  const config = () => join(postern.dataFolder, "postern.toml");
  const tlsFile = (name: string) => join(postern.dataFolder, "tls", name);

  before(async () => {
    postern = await setUpPostern();
    good = await readFile(config(), "utf8");
  });
  after(() => postern?.remove());
  afterEach(() => writeFile(config(), good));

  /** Starts the server, which must end by itself with that code, one line for each problem and no ready line. */
  async function refusal(code: number): Promise<string> {
    const toml = await readFile(config(), "utf8");
    const ended = await postern.cli(["serve"]);
    assert.equal(ended.code, code, ended.output);
    assert.equal(ended.stdout, "");
    assert.doesNotMatch(ended.output, /\bat .*\.ts:\d+/, "a stack is for nobody");
    assert.equal(await readFile(config(), "utf8"), toml);
    return ended.output.trimEnd();
  }

  test("keys that are unknown or of the wrong kind, all at once, with their lines", async () => {
    await postern.edit((toml) =>
      toml.replace('auth = "optional"', 'auht = "optional"').replace("port = 0", 'port = "x"'),
    );
    const toml = await readFile(config(), "utf8");
    const said = await refusal(CONFIGURATION);
    const places = [lineOf(toml, 'port = "x"'), lineOf(toml, "auht")].map((line) => `${config()}:${line}: `);
    for (const place of places) assert.ok(said.includes(place), `${place} is missing in ${said}`);
    assert.match(said, /auht is not known; did you mean auth\?/);
    assert.match(said, /port is the text "x", not a whole number; write a whole number from 0 to 65535/);
    assert.equal(said.split("\n").length, 2);
  });

  test("a CIDR block whose prefix is too long, and a range that is reversed", async () => {
    const ranges = 'trustedProxies = ["10.0.0.0/40", "192.0.2.9-192.0.2.1"]';
    await postern.edit((toml) => toml.replace(/^# trustedProxies = \[\].*$/m, ranges));
    const line = lineOf(await readFile(config(), "utf8"), "10.0.0.0/40");
    const [cidr, reversed, ...more] = (await refusal(CONFIGURATION)).split("\n");
    assert.ok(cidr?.includes(`${config()}:${line}: `), cidr);
    assert.match(cidr ?? "", /"10\.0\.0\.0\/40": the prefix length must be between 0 and 32/);
    assert.match(
      reversed ?? "",
      /"192\.0\.2\.9-192\.0\.2\.1" is reversed; did you mean 192\.0\.2\.1-192\.0\.2\.9/,
    );
    assert.deepEqual(more, []);
  });

  test("a file that is not TOML", async () => {
    await postern.edit((toml) => `${toml}\nhostname ==\n`);
    assert.match(await refusal(CONFIGURATION), /postern\.toml:\d+: this is not TOML, at column \d+/);
  });

  test("a port that another program has", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    t.after(() => other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await postern.edit((toml) => toml.replace("port = 0", `port = ${port}`));
    const said = `listener "mx" cannot have port ${port} of 127.0.0.1: another program has it; end that program, or give the listener another port`;
    assert.equal(await refusal(CONFIGURATION), `postern: ${config()}: ${said}`);
  });

  test("an address that is not this machine's", async () => {
    await postern.edit((toml) => toml.replace('address = "127.0.0.1"', 'address = "192.0.2.1"'));
    assert.match(
      await refusal(CONFIGURATION),
      /listener "mx" .* this machine has no such address; give the listener/,
    );
  });

  test("a certificate that is missing, unreadable, damaged or expired, and a key of another certificate", async (t) => {
    const [certificate, key] = await Promise.all(
      ["cert.pem", "key.pem"].map((name) => readFile(tlsFile(name))),
    );
    t.after(() =>
      Promise.all([writeFile(tlsFile("cert.pem"), certificate!), writeFile(tlsFile("key.pem"), key!)]),
    );

    await rm(tlsFile("cert.pem"));
    assert.match(
      await refusal(CONFIGURATION),
      /there is no TLS certificate .*\/tls\/cert\.pem; put one there/,
    );

    await mkdir(tlsFile("cert.pem"));
    assert.match(
      await refusal(CONFIGURATION),
      /the TLS certificate .*\/tls\/cert\.pem cannot be read: EISDIR/,
    );
    await rm(tlsFile("cert.pem"), { recursive: true });

    await writeFile(tlsFile("cert.pem"), String(certificate).replace("MII", "AAA"));
    assert.match(
      await refusal(CONFIGURATION),
      /the TLS certificate .*\/tls\/cert\.pem is damaged.*; put a good copy/,
    );

    const old = await tempDir();
    t.after(() => old.remove());
    const oldFiles = { certificate: join(old.path, "cert.pem"), key: join(old.path, "key.pem") };
    await ensureSelfSigned(oldFiles, "mx.example.test", instant(Date.UTC(2001, 0, 1)));
    await writeFile(tlsFile("cert.pem"), await readFile(oldFiles.certificate));
    await writeFile(tlsFile("key.pem"), await readFile(oldFiles.key));
    assert.match(await refusal(CONFIGURATION), /\/tls\/cert\.pem expired on 2011-01-01; renew it/);

    await writeFile(tlsFile("cert.pem"), certificate!);
    assert.match(
      await refusal(CONFIGURATION),
      /the key .*\/key\.pem does not belong to the certificate .*; put the pair/,
    );
  });

  test("a data folder that a newer Postern has written", async (t) => {
    const version = join(postern.dataFolder, "Config", "data-version");
    const text = await readFile(version, "utf8");
    t.after(() => writeFile(version, text));
    await writeFile(version, "99\n");
    assert.match(
      await refusal(CONFIGURATION),
      /is of version 99, .*; nothing was changed\. Run the newer Postern/,
    );
    assert.equal(await readFile(version, "utf8"), "99\n");
  });

  test("a data folder that another server uses, which goes on", async (t) => {
    const server = await postern.serve();
    t.after(() => server.end());
    const said = await refusal(FAILED);
    assert.match(said, new RegExp(`is in use by process ${server.pid}; stop that server first, or`));
    await postern.configure(["relay", "show"]);
  });

  test("a data folder that is none", async (t) => {
    const empty = await tempDir();
    t.after(() => empty.remove());
    const { code, output } = await postern.cli(["--data", empty.path, "serve"]);
    assert.equal(code, CONFIGURATION);
    assert.match(output, /there is no .*postern\.toml; make the data folder with: postern setup --data /);
  });
});

describe("a command that cannot be done says in one message what to do, and changes nothing:", () => {
  let postern: SetUpPostern;
  let policy: unknown;
  before(async () => {
    postern = await setUpPostern();
    policy = await postern.json("relay", "show");
  });
  after(() => postern?.remove());

  const add = (range: string) => ["privileged", "add", range, "--label", "x", "--owner", "it@example.test"];
  const cases: readonly [what: string, args: readonly string[], code: number, said: RegExp][] = [
    [
      "a bad CIDR block",
      add("192.0.2.0/33"),
      USAGE,
      /"192\.0\.2\.0\/33": the prefix length must be between 0 and 32/,
    ],
    [
      "a reversed range",
      add("192.0.2.9-192.0.2.1"),
      USAGE,
      /is reversed; did you mean 192\.0\.2\.1-192\.0\.2\.9\?/,
    ],
    ["everybody, without a word", add("0.0.0.0/0"), FAILED, /would make the server open.*--confirm open/],
    [
      "an unknown setting",
      ["relay", "set", "foo.bar=true"],
      USAGE,
      /foo\.bar is not known; the settings are /,
    ],
    [
      "a wrong value",
      ["relay", "set", "relay.enabled=maybe"],
      USAGE,
      /relay\.enabled: "maybe" is neither true nor false/,
    ],
    ["an unknown command", ["frobnicate"], USAGE, /unknown command 'frobnicate'/],
    ["a mailbox at a domain that is not here", ["mailbox", "add", "a@nowhere.test"], FAILED, /nowhere\.test/],
  ];
  for (const [what, args, code, said] of cases) {
    test(what, async () => {
      const ended = await postern.cli(args);
      assert.equal(ended.code, code, ended.output);
      assert.equal(ended.stdout, "");
      assert.match(ended.output, said);
      assert.equal(ended.output.trimEnd().split("\n").length, 1, ended.output);
    });
  }

  test("and the policy is what it was", async () => {
    assert.deepEqual(await postern.json("relay", "show"), policy);
    assert.deepEqual(await postern.json("privileged", "list"), []);
  });
});
