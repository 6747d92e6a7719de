import { createSecureContext, type SecureContext } from "node:tls";
import { inDataFolder } from "../adapters/data-folder/data-paths.ts";
import { loadTlsFiles } from "../adapters/tls-files/load-tls-files.ts";
import { ok, type Result } from "../core/result.ts";
import type { ServerParts } from "./server-parts.ts";

/** The certificate that listeners use. */
export interface TlsHolder {
  /** `undefined`: this server has none. */
  current(): SecureContext | undefined;
  /** Reads the files again; what was in use stays in use where they are no good. */
  reload(): Promise<void>;
}

/** Loads the certificate and key that the configuration names. Fails with what is wrong with them. */
export async function tlsHolder({ config, paths, clock, log }: ServerParts): Promise<Result<TlsHolder>> {
  const { tls } = config;
  if (!tls) return ok({ current: () => undefined, reload: async () => {} });
  const files = { certificate: inDataFolder(paths, tls.certificate), key: inDataFolder(paths, tls.key) };
  const load = async (): Promise<Result<SecureContext>> => {
    const material = await loadTlsFiles(files, clock());
    if (!material.ok) return material;
    const { certificate: cert, key } = material.value;
    // RFC 8996: TLS 1.0 and 1.1 are no longer spoken.
    return ok(createSecureContext({ cert, key, minVersion: "TLSv1.2" }));
  };
  const first = await load();
  if (!first.ok) return first;
  let current = first.value;
  return ok({
    current: () => current,
    async reload() {
      const next = await load();
      if (next.ok) {
        current = next.value;
        log.info("tls-reloaded");
      } else log.error("tls-not-reloaded", { detail: next.error });
    },
  });
}
