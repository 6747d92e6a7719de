import { usableMechanisms } from "../../connections/login.ts";
import { popReplies } from "../../core/pop-reply.ts";
import type { PopContext } from "../pop-context.ts";
import type { PopState, PopStep } from "../pop-state.ts";

/** CAPA (RFC 2449 5): what may be said now. */
export function capabilities(context: PopContext, state: PopState): PopStep {
  const mechanisms = usableMechanisms(
    context.authenticator,
    context.tls,
    context.listener.allowCleartextAuth,
  );
  const lines = [
    "TOP",
    "UIDL",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "EXPIRE NEVER",
    ...(mechanisms.length > 0 ? ["USER", `SASL ${mechanisms.join(" ")}`] : []),
    // RFC 2595 4: only before the login, and not once TLS is active.
    ...(context.tlsAvailable() && !context.tls && state.phase === "authorization" ? ["STLS"] : []),
    "IMPLEMENTATION Postern",
  ];
  return { reply: popReplies.capabilities, state, body: { kind: "lines", lines } };
}
