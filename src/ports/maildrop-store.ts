/** Reads and empties mailboxes, one session at a time (RFC 1939). */
export interface MaildropStore {
  /**
   * Opens a mailbox for one session alone. `in-use` while another has it open. A mailbox that nothing has been delivered
   * to yet is empty.
   * @throws {MaildropUnavailable} where it cannot be read now
   */
  open(mailbox: MailboxName): Promise<Maildrop | "in-use">;
}

/** A mailbox by its key, `alice@example.test`, and its post office. */
export interface MailboxName {
  readonly mailbox: string;
  readonly postoffice: string;
}

/** A mailbox as one session sees it: what is delivered while it is open does not show. */
export interface Maildrop {
  /** In the order of arrival, which stays the same from session to session. */
  readonly messages: readonly MaildropMessage[];
  /**
   * Opens the message at a position of `messages`. It may have any size: its octets come in pieces, as they are on
   * disk, each read when it is asked for. Whoever begins and does not read to the end calls `return`. `undefined` where
   * another program has deleted it.
   * @throws {MaildropUnavailable}
   */
  read(position: number): Promise<AsyncIterableIterator<Buffer> | undefined>;
  /** Deletes the messages at these positions; resolves to how many are there still since the disk refused. One that was gone already is no failure. */
  remove(positions: Iterable<number>): Promise<number>;
  /** Gives the mailbox back. */
  close(): Promise<void>;
}

/** One message. */
export interface MaildropMessage {
  /** Its unique id for life (RFC 1939 7, UIDL): 1 to 70 characters from `!` to `~`. */
  readonly uid: string;
  /** As it is sent: with CRLF at the end of each line. */
  readonly octets: number;
}

/** The mailbox's disk gives no answer now. */
export class MaildropUnavailable extends Error {
  readonly code = "maildrop-unavailable";
}
