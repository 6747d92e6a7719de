import type { MessageId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";

/** Writes into mailboxes. */
export interface MailboxStore {
  /**
   * Puts a message into a mailbox, durably: when this resolves, the file and its folder entry are synced. The same
   * `message` for the same mailbox twice leaves one file, so that a delivery repeated after a crash makes no second copy.
   */
  deliver(mailbox: string, delivery: MailboxDelivery): Promise<void>;
}

export interface MailboxDelivery {
  readonly message: MessageId;
  readonly postoffice: string;
  /** Fields that go before the body: Return-Path, Delivered-To; each line ended by CRLF. */
  readonly header: string;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** When the message was accepted; it stands in the file's name, so that a repeated delivery makes the same name. */
  readonly acceptedAt: Instant;
  /** Whether an attempt went before: only then is it worth looking for a copy that is there already. */
  readonly retried: boolean;
}

/** The mailbox's disk cannot take the message now (full, read-only, fault): the attempt is deferred. */
export class MailboxUnavailable extends Error {
  readonly code = "mailbox-unavailable";
}
