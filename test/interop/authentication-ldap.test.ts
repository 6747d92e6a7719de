import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type LdapOptions, ldapAccounts } from "../../src/adapters/auth-ldap/ldap-accounts.ts";
import { nodeTimers } from "../../src/main/node-timers.ts";
import { hostDomains } from "../support/host-domains.ts";
import { logIn } from "../support/log-in.ts";
import { setUpPostern } from "../support/postern-server.ts";
import { ANN_PASSWORD, READER, type Slapd, startSlapd } from "../support/slapd.ts";
import { needsTool } from "../support/tools.ts";

const tools = needsTool("slapd", "slapadd", "openssl", "swaks");
const SEARCH: LdapOptions["find"] = {
  by: "search",
  base: "dc=corp,dc=test",
  filter: "(mail={mailbox})",
  reader: READER,
};
const BIND: LdapOptions["find"] = { by: "bind", bindName: "uid={user},dc=corp,dc=test" };
const BOTH: readonly LdapOptions["find"][] = [SEARCH, BIND];

describe("accounts of an OpenLDAP server", tools, () => {
  let slapd: Slapd;
  before(async () => {
    slapd = await startSlapd();
  });
  after(() => slapd?.stop());

  function check(options: Partial<LdapOptions>, user: string, password: string) {
    const accounts = ldapAccounts({
      url: new URL(slapd.url),
      ca: readFileSync(slapd.ca, "utf8"),
      allowCleartext: false,
      find: SEARCH,
      timeoutMs: 5000,
      maxConnections: 5,
      timers: nodeTimers,
      ...options,
    });
    return accounts.check({ user, mailbox: `${user}@example.test`, domain: "corp.test", password });
  }

  for (const [how, find] of [
    ["search and bind", SEARCH],
    ["a search by nobody in particular", { by: "search", base: "dc=corp,dc=test", filter: "(uid={user})" }],
    ["a bind", BIND],
  ] as const) {
    it(`tells right and wrong apart by ${how}, over StartTLS and ldaps`, async () => {
      for (const url of [slapd.url, slapd.tlsUrl].map((text) => new URL(text))) {
        assert.deepEqual(await check({ url, find }, "ann", ANN_PASSWORD), { kind: "right" });
        assert.deepEqual(await check({ url, find }, "ann", "wrong"), { kind: "wrong" });
        assert.deepEqual(await check({ url, find }, "nobody", ANN_PASSWORD), { kind: "wrong" });
      }
    });
  }

  it("takes no empty password, to which the server itself says yes", async () => {
    for (const find of BOTH) assert.deepEqual(await check({ find }, "ann", ""), { kind: "wrong" });
  });

  it("finds nobody with the signs of a filter or a name", async () => {
    for (const user of ["*", "a*", "ann)(uid=*", "ann,dc=corp", "x)(|(uid=ann"]) {
      for (const find of BOTH) {
        assert.deepEqual(await check({ find }, user, ANN_PASSWORD), { kind: "wrong" }, user);
      }
    }
  });

  it("answers nothing where two entries fit", async () => {
    const find = { by: "search", base: "dc=corp,dc=test", filter: "(|(uid={user})(uid=twin))" } as const;
    assert.equal((await check({ find }, "ann", ANN_PASSWORD)).kind, "unavailable");
  });

  it("answers nothing to a certificate that is not of the authority or not for the name", async () => {
    for (const url of [slapd.url, slapd.tlsUrl].map((text) => new URL(text))) {
      const accounts = ldapAccounts({
        url,
        allowCleartext: false,
        find: BIND,
        timeoutMs: 5000,
        maxConnections: 5,
        timers: nodeTimers,
      });
      const answer = await accounts.check({
        user: "ann",
        mailbox: "ann@example.test",
        password: ANN_PASSWORD,
      });
      assert.equal(answer.kind, "unavailable");
      const other = new URL(url.href.replace("127.0.0.1", "localhost"));
      assert.equal((await check({ url: other }, "ann", ANN_PASSWORD)).kind, "unavailable");
    }
  });

  it("answers nothing where the searcher's own password is wrong", async () => {
    const find = { ...SEARCH, reader: { name: READER.name, password: "old" } };
    assert.equal((await check({ find }, "ann", ANN_PASSWORD)).kind, "unavailable");
  });

  it("answers nothing where the server hangs, or is not there", async () => {
    slapd.signal("SIGSTOP");
    try {
      const answer = await check({ timeoutMs: 300 }, "ann", ANN_PASSWORD);
      assert.equal(answer.kind, "unavailable");
    } finally {
      slapd.signal("SIGCONT");
    }
    const url = new URL("ldap://127.0.0.1:9");
    assert.equal((await check({ url }, "ann", ANN_PASSWORD)).kind, "unavailable");
  });

  it("logs people in by SMTP, and says 454 once the directory is away", async () => {
    const folder = await setUpPostern({
      edit: (toml) => `${toml}
[authentication.ldap]
url = "${slapd.url}"
ca = "${slapd.ca}"
base = "dc=corp,dc=test"
filter = "(uid={user})"
searchName = "${READER.name}"
searchPasswordFile = "ldap-password"
timeout = "2s"
${hostDomains({ domain: "CORP", createMailboxes: true })}`,
    });
    const file = join(folder.dataFolder, "ldap-password");
    await writeFile(file, READER.password, { mode: 0o644 });
    try {
      await folder.configure(["relay", "set", "authenticated.method=host"]);
      await assert.rejects(folder.serve(), /others may read it; do chmod 600/);
      await chmod(file, 0o600);
      const server = await folder.serve();
      try {
        const port = server.port("submission");
        const good = await logIn(port, "CORP\\ann", ANN_PASSWORD);
        assert.deepEqual([good.offered, good.reply.slice(0, 3)], ["PLAIN LOGIN", "235"]);
        assert.match((await logIn(port, "ann@corp", ANN_PASSWORD)).reply, /^235 /);
        assert.match((await logIn(port, "ann@example.test", "wrong")).reply, /^535 5\.7\.8 /);
        await slapd.stop();
        assert.match((await logIn(port, "ann@example.test", ANN_PASSWORD)).reply, /^454 4\.7\.0 /);
        assert.ok(!server.log().includes(ANN_PASSWORD));
      } finally {
        await server.end();
      }
    } finally {
      await folder.remove();
    }
  });
});
