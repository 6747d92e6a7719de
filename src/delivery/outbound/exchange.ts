import { err, ok, type Result } from "../../core/result.ts";
import type { TlsFacts, TlsRequest, Wire } from "../../ports/dialer.ts";
import type { Timers } from "../../ports/timers.ts";
import { type ReceivedReply, replyReader } from "../../protocol/smtp/reply-codec.ts";
import type { ConnectionTrouble } from "./classify.ts";

/** How a connection came to its end. */
export interface Loss {
  readonly trouble: ConnectionTrouble;
  readonly detail: string;
}

/** Commands out, replies in, over one connection. After a {@link Loss} every further reply is that loss. */
export interface Exchange {
  /** Sends; `false`: wait for {@link Exchange.drained} before more. */
  write(bytes: Uint8Array): boolean;
  /** Waits for room, at most `timeoutMs`. */
  drained(timeoutMs: number): Promise<Result<void, Loss>>;
  /** The next reply, or how the connection ended before it. Only one may be waited for at a time. */
  reply(timeoutMs: number): Promise<Result<ReceivedReply, Loss>>;
  /** Whether replies are here that nobody waits for: the peer is out of step, and what it says cannot be told apart. */
  outOfStep(): boolean;
  /** How the connection ended, if it did. */
  lost(): Loss | undefined;
  /** Calls back when the connection ends by itself. */
  onLost(then: () => void): void;
  startTls(request: TlsRequest): Promise<Result<TlsFacts>>;
  /** Ends the connection; `reason` is what later callers hear. */
  end(reason: Loss): void;
  /** Sends what is left to send, and closes. */
  close(): void;
}

/** A peer that sends more replies than anybody asked for is cut off. */
const MAX_WAITING_REPLIES = 1000;

/** Listens on a fresh wire. */
export function exchange(wire: Wire, timers: Timers): Exchange {
  const reader = replyReader();
  const waiting: ReceivedReply[] = [];
  let waiter: ((result: Result<ReceivedReply, Loss>) => void) | undefined;
  let loss: Loss | undefined;
  let lostCallback: (() => void) | undefined;

  const end = (reason: Loss): void => {
    if (loss) return;
    loss = reason;
    wire.destroy();
    waiter?.(err(reason));
    lostCallback?.();
  };
  const take = (reply: ReceivedReply): void => {
    if (waiter) waiter(ok(reply));
    else if (waiting.push(reply) > MAX_WAITING_REPLIES) end(protocolError("the peer sends replies unasked"));
  };
  wire.listen({
    data: (chunk) => {
      reader.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      for (let reply = reader.next(); reply !== undefined && !loss; reply = reader.next()) {
        if (reply === "malformed") end(protocolError("the peer's reply is not SMTP"));
        else take(reply);
      }
    },
    end: (detail) => end({ trouble: "lost", detail }),
  });

  return {
    write: (bytes) => loss !== undefined || wire.write(bytes),
    drained: async (timeoutMs) => {
      const cancel = timers.set(timeoutMs, () => end(timedOut("taking the message", timeoutMs)));
      await wire.drained();
      cancel();
      return loss ? err(loss) : ok(undefined);
    },
    reply: (timeoutMs) => {
      const ready = waiting.shift();
      if (ready) return Promise.resolve(ok(ready));
      if (loss) return Promise.resolve(err(loss));
      return new Promise((resolve) => {
        const cancel = timers.set(timeoutMs, () => end(timedOut("replying", timeoutMs)));
        waiter = (result) => {
          waiter = undefined;
          cancel();
          resolve(result);
        };
      });
    },
    outOfStep: () => waiting.length > 0,
    lost: () => loss,
    onLost: (then) => {
      lostCallback = then;
    },
    startTls: async (request) => {
      // RFC 3207 4.2 and 6: whatever came in the clear behind the 220 is not the peer's, or is worth nothing.
      reader.clear();
      waiting.length = 0;
      const secured = await wire.startTls(request);
      if (!secured.ok) end({ trouble: "tls", detail: secured.error });
      return secured;
    },
    end,
    close: () => {
      loss ??= { trouble: "lost", detail: "the connection was closed here" };
      wire.close();
    },
  };
}

function protocolError(detail: string): Loss {
  return { trouble: "protocol", detail };
}

function timedOut(what: string, timeoutMs: number): Loss {
  return { trouble: "timeout", detail: `the peer spent more than ${timeoutMs / 1000} seconds on ${what}` };
}
