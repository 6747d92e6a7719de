import type { IpAddress } from "../core/ip-address.ts";
import type { Result } from "../core/result.ts";

/** Opens connections to other servers. The only way out for the outbound lane, so that it runs in memory as well. */
export interface Dialer {
  /** Connects by TCP. An error is a sentence about the peer: `192.0.2.1:25: connection refused`. */
  dial(address: IpAddress, port: number, timeoutMs: number): Promise<Result<Wire>>;
}

/** An open connection as bytes. */
export interface Wire {
  /** Sets who hears what arrives; called once, before anything is written. */
  listen(listener: WireListener): void;
  /** Sends; the order is kept. Nothing happens on a wire that has ended. `false`: wait for {@link Wire.drained} first. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when what was written has left, or the wire has ended. */
  drained(): Promise<void>;
  /**
   * Turns the connection into TLS. What arrived in the clear and was not yet handed on is thrown away (RFC 3207 4.2).
   * After an error the wire is closed.
   */
  startTls(request: TlsRequest): Promise<Result<TlsFacts>>;
  /** Sends what is still to send and closes. */
  close(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface WireListener {
  data(chunk: Uint8Array): void;
  /** The connection is gone: closed by the peer, or broken. Called once, never after `close` or `destroy`. */
  end(detail: string): void;
}

export interface TlsRequest {
  /** The name for SNI and, with `verify`, for the certificate. */
  readonly serverName: string;
  /** Whether a certificate that does not prove the name ends the connection. */
  readonly verify: boolean;
  readonly timeoutMs: number;
}

/** What was agreed: for the journal and the log. */
export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  /** Whether the certificate proves the name, asked for or not. */
  readonly verified: boolean;
}
