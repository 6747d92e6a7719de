import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Instant, instant } from "../../core/instant.ts";
import { err, ok, type Result } from "../../core/result.ts";

/** A certificate with its key, checked and ready for `tls.createSecureContext`. */
export interface TlsMaterial {
  /** PEM, the server's own certificate first, then the chain. */
  readonly certificate: string;
  /** PEM. A secret. */
  readonly key: string;
  readonly expiresAt: Instant;
  readonly selfSigned: boolean;
  /** Names and addresses that the certificate is good for. */
  readonly names: readonly string[];
}

/** Absolute paths. */
export interface TlsPaths {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Loads certificate and key and checks what would otherwise only show in a client's handshake.
 * @returns the material, or one sentence that names the file, what is wrong with it and what to do.
 */
export async function loadTlsFiles(files: TlsPaths, now: Instant): Promise<Result<TlsMaterial>> {
  const certificateText = await readText(files.certificate, "certificate");
  if (!certificateText.ok) return certificateText;
  const keyText = await readText(files.key, "key");
  if (!keyText.ok) return keyText;
  const certificate = parseCertificate(files.certificate, certificateText.value);
  if (!certificate.ok) return certificate;
  const key = parseKey(files.key, keyText.value);
  if (!key.ok) return key;
  const problem = checkPeriod(files.certificate, certificate.value, now);
  if (problem !== undefined) return err(problem);
  if (!certificate.value.checkPrivateKey(key.value)) return err(wrongKey(files));
  return ok({
    certificate: certificateText.value,
    key: keyText.value,
    expiresAt: instant(certificate.value.validToDate.getTime()),
    selfSigned: certificate.value.verify(certificate.value.publicKey),
    names: namesOf(certificate.value),
  });
}

function wrongKey(files: TlsPaths): string {
  return `the key ${files.key} does not belong to the certificate ${files.certificate}; put the pair that was issued together there, with the server's own certificate first in its file`;
}

async function readText(file: string, kind: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") {
      return err(
        `there is no TLS ${kind} ${file}; put one there, or let postern setup make a self-signed one`,
      );
    }
    if (code === "EACCES" || code === "EPERM") {
      return err(
        `the TLS ${kind} ${file} cannot be read (${code}); give the user that runs Postern the right to`,
      );
    }
    return err(
      `the TLS ${kind} ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseCertificate(file: string, text: string): Result<X509Certificate> {
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0];
  if (pem === undefined) {
    return err(`the TLS certificate ${file} is not PEM; it must hold a block BEGIN CERTIFICATE`);
  }
  try {
    return ok(new X509Certificate(pem));
  } catch {
    return err(
      `the TLS certificate ${file} is damaged: its first block cannot be read; put a good copy there`,
    );
  }
}

function parseKey(file: string, text: string): Result<KeyObject> {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return err(`the TLS key ${file} is not PEM; it must hold a block BEGIN PRIVATE KEY`);
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return err(
      `the TLS key ${file} is protected by a passphrase; write it without: openssl pkey -in KEY -out PLAIN`,
    );
  }
  try {
    return ok(createPrivateKey(text));
  } catch {
    return err(`the TLS key ${file} is damaged and cannot be read; put a good copy there`);
  }
}

function checkPeriod(file: string, certificate: X509Certificate, now: Instant): string | undefined {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  if (certificate.validToDate.getTime() <= now) {
    return `the TLS certificate ${file} expired on ${day(certificate.validToDate)}; renew it, or delete certificate and key and run postern setup for a self-signed one`;
  }
  if (certificate.validFromDate.getTime() > now) {
    return `the TLS certificate ${file} is not valid before ${day(certificate.validFromDate)}; see whether the clock is right`;
  }
  return undefined;
}

function namesOf(certificate: X509Certificate): string[] {
  const alternatives = certificate.subjectAltName ?? "";
  return [...alternatives.matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map((match) => match[1] ?? "");
}
