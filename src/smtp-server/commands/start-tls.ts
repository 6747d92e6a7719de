import { replies } from "../../core/replies.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import { offersStartTls } from "./hello.ts";

/** STARTTLS (RFC 3207). All that the session knew is forgotten; the connection drops what came before the handshake. */
export function startTls(context: SessionContext, state: SessionState): Step {
  if (context.tls) return { reply: replies.tlsActive, state };
  if (!offersStartTls(context)) return { reply: replies.notImplemented, state };
  // A failed login stays known: it must not be washed off by a handshake.
  const login = state.login.state === "failed" ? state.login : ({ state: "none" } as const);
  return { reply: replies.tlsReady, state: { phase: "connected", login }, next: { do: "start-tls" } };
}
