import type { Instant } from "../core/instant.ts";
import { type IpAddress, networkKey } from "../core/ip-address.ts";
import type { SmtpConnection } from "./connection.ts";

/** The open sessions, counted by client. */
export class SessionTable {
  readonly #maxConnections: number;
  readonly #maxPerClient: number;
  readonly #open = new Set<SmtpConnection>();
  readonly #byClient = new Map<string, number>();
  #reserved = 0;
  #onEmpty: (() => void) | undefined;

  constructor(maxConnections: number, maxPerClient: number) {
    this.#maxConnections = maxConnections;
    this.#maxPerClient = maxPerClient;
  }

  /** Whether one more from this client stays within the bounds. */
  hasRoomFor(client: IpAddress): boolean {
    const ofClient = this.#byClient.get(networkKey(client)) ?? 0;
    return this.#reserved < this.#maxConnections && ofClient < this.#maxPerClient;
  }

  /** Takes a place; the returned function gives it back, once. */
  reserve(client: IpAddress): () => void {
    const key = networkKey(client);
    this.#reserved += 1;
    this.#byClient.set(key, (this.#byClient.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#reserved -= 1;
      const left = (this.#byClient.get(key) ?? 1) - 1;
      if (left > 0) this.#byClient.set(key, left);
      else this.#byClient.delete(key);
    };
  }

  add(connection: SmtpConnection): void {
    this.#open.add(connection);
  }

  remove(connection: SmtpConnection): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Ends sessions in which nothing has happened for too long. */
  sweep(now: Instant): void {
    for (const connection of this.#open) connection.closeIfOverdue(now);
  }

  /** Resolves when every session has ended; after `graceMs` they are ended. */
  async drain(graceMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#open) connection.drain();
    const timer = setTimeout(() => {
      for (const connection of this.#open) connection.destroy();
    }, graceMs);
    await empty;
    clearTimeout(timer);
  }
}
