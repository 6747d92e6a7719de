import type { ListenerFacts } from "../../relay/facts.ts";
import type { SessionContext } from "../session-context.ts";
import { offersStartTls } from "./hello.ts";

/** What the decision sees of the listener and channel. */
export function listenerFacts(context: SessionContext): ListenerFacts {
  const { name, auth, allowCleartextAuth } = context.listener;
  return { name, auth, allowCleartextAuth, offersStartTls: offersStartTls(context) };
}
