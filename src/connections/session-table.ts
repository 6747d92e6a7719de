import type { Instant } from "../core/instant.ts";
import { type IpAddress, networkKey } from "../core/ip-address.ts";

/** A session as the table has to do with it, whatever it speaks. */
export interface Session {
  /** Ends it if nothing has happened for too long, or if it has lasted too long in all. */
  closeIfOverdue(now: Instant): void;
  /** Lets what is under way end, and then ends the session. */
  drain(): void;
  /** Ends it without another word. */
  destroy(): void;
  /** The account that has logged in; none before. */
  account(): string | undefined;
}

/** Connections that were not let in. */
export interface Refused {
  readonly count: number;
  /** The last of them. */
  readonly client: string;
  readonly listener: string;
}

/** The open sessions, counted by client. */
export class SessionTable {
  readonly #maxConnections: number;
  readonly #maxPerClient: number;
  readonly #open = new Set<Session>();
  readonly #byClient = new Map<string, number>();
  #reserved = 0;
  #refused: Refused | undefined;
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

  /** Counts a connection that was not let in. */
  refused({ text }: IpAddress, listener: string): void {
    this.#refused = { count: (this.#refused?.count ?? 0) + 1, client: text, listener };
  }

  /** The connections that were not let in since this was asked last. */
  takeRefused(): Refused | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  add(session: Session): void {
    this.#open.add(session);
  }

  remove(session: Session): void {
    this.#open.delete(session);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /** Ends sessions in which nothing has happened for too long. */
  sweep(now: Instant): void {
    for (const session of this.#open) session.closeIfOverdue(now);
  }

  /** Ends the sessions of an account; returns how many. */
  endSessionsOf(account: string): number {
    const theirs = [...this.#open].filter((session) => session.account() === account);
    for (const session of theirs) session.destroy();
    return theirs.length;
  }

  /** Resolves when every session has ended; after `graceMs` they are ended. */
  async drain(graceMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const session of this.#open) session.drain();
    const timer = setTimeout(() => {
      for (const session of this.#open) session.destroy();
    }, graceMs);
    await empty;
    clearTimeout(timer);
  }
}
