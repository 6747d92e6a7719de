import { popReplies } from "../../core/pop-reply.ts";
import type { PopContext } from "../pop-context.ts";
import type { PopState, PopStep } from "../pop-state.ts";

/** STLS (RFC 2595 4): what was said before is forgotten. */
export function startTls(context: PopContext, state: PopState): PopStep {
  if (context.tls) return { reply: popReplies.tlsActive, state };
  if (!context.tlsAvailable()) return { reply: popReplies.tlsNotOffered, state };
  return { reply: popReplies.tlsReady, state: { phase: "authorization" }, next: "start-tls" };
}
