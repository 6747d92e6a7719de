import type { Duplex } from "node:stream";
import { type SecureContext, TLSSocket } from "node:tls";

/** The TLS layer of a session, as far as commands need it. */
export interface SessionTls {
  readonly version: string;
  readonly cipher: string;
  /** RFC 9266 `tls-exporter` data for SCRAM-SHA-256-PLUS, where this connection has it. */
  readonly channelBinding: Buffer | undefined;
}

/** Changes the channel to TLS: the clear stream goes in, the encrypted one comes out. */
export type UpgradeTls = (stream: Duplex) => Promise<{ stream: Duplex; tls: SessionTls }>;

/** Handshakes as the server on a connected stream. Rejects when the handshake fails or takes too long. */
export function upgradeToTls(
  stream: Duplex,
  secureContext: SecureContext,
  timeoutMs: number,
): Promise<{ stream: Duplex; tls: SessionTls }> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(stream, { isServer: true, secureContext });
    const timer = setTimeout(() => fail(new Error("no handshake in time")), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      secure.destroy();
      reject(error);
    };
    const onClose = () => fail(new Error("closed during the handshake"));
    secure.once("error", fail);
    secure.once("close", onClose);
    secure.once("secure", () => {
      clearTimeout(timer);
      // Only our own listeners: the socket has some of its own on the same events.
      secure.off("error", fail);
      secure.off("close", onClose);
      resolve({ stream: secure, tls: describe(secure) });
    });
  });
}

function describe(secure: TLSSocket): SessionTls {
  const version = secure.getProtocol() ?? "TLS";
  return {
    version,
    cipher: secure.getCipher().standardName,
    // RFC 9266 4: with TLS 1.2 the exporter is safe only with extended master secret, which Node does not report.
    channelBinding:
      version === "TLSv1.3"
        ? secure.exportKeyingMaterial(32, "EXPORTER-Channel-Binding", Buffer.alloc(0))
        : undefined,
  };
}
