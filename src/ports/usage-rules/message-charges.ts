import type { AcceptedMessage } from "../queue-store.ts";

/** Recipients of one message that are counted for one subject, each once. */
export interface SubjectCharge {
  /** `account:alice@example.test`, `privileged:3`, `grant:192.0.2.7`: an identity as the journal has it. */
  readonly subject: string;
  /** Lower-case addresses. */
  readonly recipients: readonly string[];
  /** Recipients a day at most, beside what is set for the subject. */
  readonly dailyCap?: number;
}

const COUNTED = /^(?:account|privileged|grant):/;

/**
 * Whom a message is counted for, and with which recipients: what its decisions say, forwards among them. A POP grant that
 * names one account is that account's sending too. Mail for nobody's account (from outside, the server's own reports) is
 * counted for nobody.
 */
export function messageCharges({
  envelope,
  decisions,
  caps,
}: Pick<AcceptedMessage, "envelope" | "decisions" | "caps">): SubjectCharge[] {
  const counted = new Map<string, Set<string>>();
  const count = (subject: string, recipient: string): void => {
    const recipients = counted.get(subject);
    if (recipients) recipients.add(recipient);
    else counted.set(subject, new Set([recipient]));
  };
  for (const { verdict, identity, recipient } of decisions) {
    if ((verdict !== "relay" && verdict !== "deliver") || !COUNTED.test(identity)) continue;
    const key = recipient.toLowerCase();
    count(identity, key);
    const { account } = envelope.origin;
    if (account !== undefined && identity.startsWith("grant:")) count(`account:${account}`, key);
  }
  return Array.from(counted, ([subject, recipients]) => {
    const dailyCap = caps?.get(subject);
    return { subject, recipients: [...recipients], ...(dailyCap === undefined ? {} : { dailyCap }) };
  });
}
