import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, createServer } from "node:tls";
import { promisify } from "node:util";
import { instant, plusMs } from "../../core/instant.ts";
import { ensureSelfSigned } from "./ensure-self-signed.ts";
import { loadTlsFiles, type TlsPaths } from "./load-tls-files.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

const NOW = instant(Date.UTC(2026, 10, 24, 12));
const DAY_MS = 86_400_000;
const folder = await mkdtemp(join(tmpdir(), "postern-tls-"));
after(() => rm(folder, { recursive: true }));

let count = 0;
/** Files of their own for one test, written where a text is given. */
async function filesWith(texts: { certificate?: string; key?: string }): Promise<TlsPaths> {
  count += 1;
  const files = { certificate: join(folder, `cert-${count}.pem`), key: join(folder, `key-${count}.pem`) };
  if (texts.certificate !== undefined) await writeFile(files.certificate, texts.certificate);
  if (texts.key !== undefined) await writeFile(files.key, texts.key);
  return files;
}

function pair(days: readonly [number, number] = [-1, 365]) {
  return selfSignedCertificate({
    names: ["mx.example.test", "localhost"],
    notBefore: new Date(plusMs(NOW, days[0] * DAY_MS)),
    notAfter: new Date(plusMs(NOW, days[1] * DAY_MS)),
  });
}

/** The sentence that a loader refuses the files with, less the folder. */
async function refusalOf(files: TlsPaths): Promise<string> {
  const loaded = await loadTlsFiles(files, NOW);
  assert.ok(!loaded.ok, "the files were taken");
  return loaded.error.replaceAll(`${folder}/`, "");
}

test("setup's certificate is made once, for ten years, with a key that only its owner can read", async () => {
  const files = { certificate: join(folder, "tls", "cert.pem"), key: join(folder, "tls", "key.pem") };
  assert.deepEqual(await ensureSelfSigned(files, "mx.example.test", NOW), { ok: true, value: "made" });
  assert.equal((await stat(files.key)).mode & 0o777, 0o600);
  const first = await readFile(files.certificate, "utf8");
  assert.deepEqual(await ensureSelfSigned(files, "other.test", NOW), { ok: true, value: "kept" });
  assert.equal(await readFile(files.certificate, "utf8"), first);
  const loaded = await loadTlsFiles(files, NOW);
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.value.names, ["mx.example.test", "localhost"]);
  assert.equal(loaded.value.selfSigned, true);
  assert.equal(new Date(loaded.value.expiresAt).toISOString(), "2036-11-24T12:00:00.000Z");
});

test("a certificate without its key is left for a person to sort out", async () => {
  const files = await filesWith({ certificate: pair().certificate });
  const result = await ensureSelfSigned(files, "mx.example.test", NOW);
  assert.ok(!result.ok);
  assert.match(result.error, /there is .*cert-\d+\.pem but no .*key-\d+\.pem/);
});

test("openssl verifies the certificate for its name", async () => {
  const files = await filesWith(pair());
  const at = String(Math.floor(NOW / 1000));
  const run = promisify(execFile);
  const { stdout } = await run("openssl", [
    ...["verify", "-attime", at, "-verify_hostname", "mx.example.test"],
    ...["-CAfile", files.certificate, files.certificate],
  ]);
  assert.match(stdout, /: OK/);
});

test("a client that trusts the certificate talks TLS 1.3 under either name", async (t) => {
  const material = selfSignedCertificate({
    names: ["mx.example.test", "localhost"],
    notBefore: new Date("2020-01-01"),
    notAfter: new Date("2090-01-01"),
  });
  const server = createServer({ cert: material.certificate, key: material.key }, (socket) =>
    socket.end("hello"),
  );
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (const servername of ["mx.example.test", "localhost"]) {
    const client = connect({ host: "127.0.0.1", port, servername, ca: material.certificate });
    await once(client, "secureConnect");
    assert.equal(client.authorized, true);
    assert.equal(client.getProtocol(), "TLSv1.3");
    client.destroy();
  }
  assert.equal(new X509Certificate(material.certificate).validToDate.getUTCFullYear(), 2090);
});

test("files that are not there, no PEM or damaged are refused by name", async () => {
  const good = pair();
  assert.match(
    await refusalOf(await filesWith({ key: good.key })),
    /^there is no TLS certificate cert-\d+\.pem;/,
  );
  assert.match(
    await refusalOf(await filesWith({ certificate: good.certificate })),
    /^there is no TLS key key-\d+\.pem;/,
  );
  assert.match(
    await refusalOf(await filesWith({ ...good, certificate: "hello" })),
    /cert-\d+\.pem is not PEM/,
  );
  assert.match(
    await refusalOf(await filesWith({ ...good, key: good.certificate })),
    /key-\d+\.pem is not PEM/,
  );
  const cut = good.certificate.replace(/\n.{20}/, "\n");
  assert.match(await refusalOf(await filesWith({ ...good, certificate: cut })), /cert-\d+\.pem is damaged/);
  const cutKey = good.key.replace(/\n.{20}/, "\n");
  assert.match(await refusalOf(await filesWith({ ...good, key: cutKey })), /key-\d+\.pem is damaged/);
});

test("a folder in a file's place is refused with its reason", async () => {
  assert.match(await refusalOf({ certificate: folder, key: folder }), /cannot be read: EISDIR/);
});

test("a key under a passphrase is refused with the way out", async () => {
  const key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
  assert.match(await refusalOf(await filesWith({ ...pair(), key })), /passphrase.*openssl pkey/);
});

test("a certificate that has expired or is not valid yet is refused with its date", async () => {
  assert.match(await refusalOf(await filesWith(pair([-30, -1]))), /expired on 2026-11-23; renew it/);
  assert.match(await refusalOf(await filesWith(pair([1, 30]))), /not valid before 2026-11-25/);
});

test("a key that belongs to another certificate is refused", async () => {
  const refusal = await refusalOf(await filesWith({ certificate: pair().certificate, key: pair().key }));
  assert.match(refusal, /key-\d+\.pem does not belong to the certificate cert-\d+\.pem/);
});
