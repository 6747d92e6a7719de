import { ok, type Result } from "../../core/result.ts";
import type { Wire } from "../../ports/dialer.ts";
import type { Timers } from "../../ports/timers.ts";
import { exchange as openExchange } from "./exchange.ts";
import { type Agreed, type HandshakeFailure, handshake, type PeerProfile } from "./handshake.ts";
import { type Transaction, type TransactionEnd, transact } from "./transaction.ts";

/** A connection to a peer that has been greeted and takes messages, one after the other. */
export interface ClientSession {
  readonly agreed: Agreed;
  /** Whether another message may go over it. */
  usable(): boolean;
  /** Sends one message. Never two at a time. */
  send(transaction: Transaction): Promise<TransactionEnd>;
  /** Calls back when the connection ends by itself. */
  onLost(then: () => void): void;
  /** Says QUIT and closes; harmless on a connection that is gone. */
  quit(): void;
}

/** Messages over one connection; a peer's own bound is often 100. */
const MAX_TRANSACTIONS = 100;

/** Greets the peer on a fresh wire. After a failure the wire is closed. */
export async function openSession(
  wire: Wire,
  profile: PeerProfile,
  timers: Timers,
): Promise<Result<ClientSession, HandshakeFailure>> {
  const exchange = openExchange(wire, timers);
  const quit = (): void => {
    exchange.write(Buffer.from("QUIT\r\n"));
    exchange.close();
  };
  const agreed = await handshake(exchange, profile);
  if (!agreed.ok) {
    quit();
    return agreed;
  }
  let transactions = 0;
  let unfinished = false;
  return ok({
    agreed: agreed.value,
    usable: () => !exchange.lost() && !exchange.outOfStep() && transactions < MAX_TRANSACTIONS,
    send: async (transaction) => {
      transactions += 1;
      const line = { exchange, peer: agreed.value.capabilities, remote: profile.remote, unfinished };
      const end = await transact(line, transaction);
      unfinished = end.unfinished;
      return end;
    },
    onLost: exchange.onLost,
    quit,
  });
}
