/**
 * An SMTP reply as a value. The first digits of code and enhanced status are tied by type, so that
 * `reply(550, "4.7.1", …)` does not compile (RFC 3463 2: the class of the status is that of the code).
 */
export interface Reply {
  readonly code: number;
  /** Enhanced status code (RFC 2034), absent where the code has none: 220 greeting, 334, 354 and EHLO's 250. */
  readonly status?: string;
  /** One text a line; never with CR or LF. The text is for people and is never parsed. */
  readonly lines: readonly string[];
}

type Positive = 211 | 214 | 220 | 221 | 235 | 250 | 251 | 252;
type Intermediate = 334 | 354;
type Transient = 421 | 450 | 451 | 452 | 454 | 455;
type Permanent =
  | 500
  | 501
  | 502
  | 503
  | 504
  | 521
  | 523
  | 530
  | 534
  | 535
  | 538
  | 550
  | 551
  | 552
  | 553
  | 554
  | 555;

/** Every reply code that the server may send. */
export type ReplyCode = Positive | Intermediate | Transient | Permanent;

type StatusOf<C extends ReplyCode> = C extends Positive
  ? `2.${number}.${number}`
  : C extends Transient
    ? `4.${number}.${number}`
    : C extends Permanent
      ? `5.${number}.${number}`
      : never;

/** A reply with an enhanced status code of the same class. */
export function reply<C extends Exclude<ReplyCode, Intermediate>>(
  code: C,
  status: StatusOf<C>,
  text: string,
): Reply {
  return { code, status, lines: [text] };
}

/** A reply without enhanced status: greeting, EHLO, and the intermediate replies (RFC 2034 3). */
export function plainReply(code: 220 | 250 | Intermediate, ...lines: readonly string[]): Reply {
  return { code, lines };
}
