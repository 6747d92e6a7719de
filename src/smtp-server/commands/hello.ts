import { replies } from "../../core/replies.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import { offeredMechanisms } from "./auth.ts";

/** HELO and EHLO. Either begins the session anew and forgets a transaction (RFC 5321 4.1.4). */
export function hello(context: SessionContext, state: SessionState, name: string, esmtp: boolean): Step {
  const next: SessionState = { phase: "idle", hello: { name, esmtp }, login: state.login };
  if (!esmtp) return { reply: replies.helo(context.hostname), state: next };
  return { reply: replies.ehlo(context.hostname, keywords(context)), state: next };
}

/** The extensions offered now, on this listener, over this channel. */
function keywords(context: SessionContext): string[] {
  const mechanisms = offeredMechanisms(context);
  return [
    "PIPELINING",
    `SIZE ${context.limits.maxMessageBytes}`,
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "CHUNKING",
    ...(offersStartTls(context) ? ["STARTTLS"] : []),
    ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(" ")}`] : []),
  ];
}

/** Whether STARTTLS would be taken now. */
export function offersStartTls(context: SessionContext): boolean {
  return context.tls === undefined && context.tlsAvailable();
}
