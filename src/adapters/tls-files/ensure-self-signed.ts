import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Instant } from "../../core/instant.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { TlsPaths } from "./load-tls-files.ts";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

const YEARS = 10;

/**
 * Makes a self-signed certificate (ECDSA P-256, for the host name and `localhost`) where there is neither certificate nor
 * key. One without the other is left for a person to sort out.
 */
export async function ensureSelfSigned(
  files: TlsPaths,
  hostname: string,
  now: Instant,
): Promise<Result<"made" | "kept">> {
  const [hasCertificate, hasKey] = [await exists(files.certificate), await exists(files.key)];
  if (hasCertificate && hasKey) return ok("kept");
  if (hasCertificate !== hasKey) {
    const [there, missing] = hasKey ? [files.key, files.certificate] : [files.certificate, files.key];
    return err(`there is ${there} but no ${missing}; put the missing one there, or move the other away`);
  }
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS);
  const names = [...new Set([hostname, "localhost"])];
  const made = selfSignedCertificate({ names, notBefore: new Date(now), notAfter });
  await mkdir(dirname(files.key), { recursive: true, mode: 0o700 });
  await mkdir(dirname(files.certificate), { recursive: true, mode: 0o700 });
  await writeFile(files.key, made.key, { mode: 0o600, flag: "wx" });
  await writeFile(files.certificate, made.certificate, { mode: 0o644, flag: "wx" });
  return ok("made");
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
