import type { Outcome } from "../../core/outcome.ts";
import type { Reply } from "../../core/reply.ts";
import { safeText } from "../../protocol/message/safe-text.ts";

/** Where in the conversation a reply came. */
export type Stage = "greeting" | "hello" | "auth" | "mail" | "recipient" | "data" | "message";

/** What the peer is known by in reports: `mx.example.test [192.0.2.1]`. */
export type Remote = string;

const MAX_DIAGNOSTIC_CHARS = 500;

/**
 * Turns a reply that refuses, or one that should not have come, into an outcome. The code decides, never the text:
 * 4xx may pass, 5xx will not (RFC 5321 4.2.1); what is neither is the peer's fault and may be mended.
 * @param acceptedBefore how many recipients of the transaction the peer has taken already.
 */
export function classifyReply(reply: Reply, stage: Stage, remote: Remote, acceptedBefore = 0): Outcome {
  const diagnostic = diagnosticOf(reply);
  if (reply.code < 400) {
    return { kind: "deferred", status: "4.5.0", diagnostic: `unexpected reply: ${diagnostic}`, remote };
  }
  // A login is ours to mend, not the sender's: nothing is known of the recipient.
  if (stage === "auth") return { kind: "deferred", status: "4.7.8", diagnostic, remote };
  const permanent = reply.code >= 500 && !isTooManyRecipients(reply, stage, acceptedBefore);
  return permanent
    ? { kind: "failed", status: statusOf(reply, 5, stage), diagnostic, remote }
    : { kind: "deferred", status: statusOf(reply, 4, stage), diagnostic, remote };
}

/** The outcome of a message that the peer took. */
export function accepted(reply: Reply, remote: Remote): Outcome {
  return {
    kind: "delivered",
    status: statusOf(reply, 2, "message"),
    diagnostic: diagnosticOf(reply),
    remote,
  };
}

/** Whether the peer took other recipients of the transaction and refuses this one for their number only. */
export function isTooManyRecipients(reply: Reply, stage: Stage, acceptedBefore: number): boolean {
  if (stage !== "recipient" || acceptedBefore === 0) return false;
  if (reply.status !== undefined) return /^[45]\.5\.3$/.test(reply.status);
  // RFC 5321 4.5.3.1.10: 452, and from old servers 552, which is to be read as 452.
  return reply.code === 452 || reply.code === 552;
}

/** What went wrong with the connection itself; nothing of that says anything about the recipient, so it is tried again. */
export type ConnectionTrouble =
  | "unreachable"
  | "lost"
  | "timeout"
  | "protocol"
  | "tls"
  | "tls-missing"
  | "login";

const TROUBLE_STATUS: Readonly<Record<ConnectionTrouble, string>> = {
  unreachable: "4.4.1",
  lost: "4.4.2",
  timeout: "4.4.2",
  protocol: "4.5.0",
  tls: "4.7.5",
  "tls-missing": "4.7.10",
  login: "4.7.8",
};

/** The outcome for mail that was to go over a connection that failed. */
export function connectionOutcome(trouble: ConnectionTrouble, detail: string, remote?: Remote): Outcome {
  const diagnostic = safeText(detail, MAX_DIAGNOSTIC_CHARS, true);
  const status = TROUBLE_STATUS[trouble];
  return remote === undefined
    ? { kind: "deferred", status, diagnostic }
    : { kind: "deferred", status, diagnostic, remote };
}

const DEFAULT_STATUS: Readonly<Record<Stage, string>> = {
  greeting: "3.2",
  hello: "5.0",
  auth: "7.8",
  mail: "1.0",
  recipient: "1.0",
  data: "5.0",
  message: "0.0",
};

/** The peer's enhanced status in the class of its code (RFC 3463 2), or the one of least meaning for the stage. */
function statusOf(reply: Reply, digit: 2 | 4 | 5, stage: Stage): string {
  const rest = reply.status?.slice(2) ?? (digit === 2 ? "0.0" : DEFAULT_STATUS[stage]);
  return `${digit}.${rest}`;
}

function diagnosticOf(reply: Reply): string {
  const status = reply.status === undefined ? "" : `${reply.status} `;
  return safeText(`${reply.code} ${status}${reply.lines.join(" ")}`, MAX_DIAGNOSTIC_CHARS, true);
}
