import type { FactSources } from "../gather-facts.ts";
import type { SessionContext } from "../session-context.ts";

/** The ports of a session as sources of facts; failures go to the log, never to the client. */
export function factSources(context: SessionContext): FactSources {
  return {
    directory: context.directory,
    grants: context.grants,
    usage: context.usage,
    lookupTimeoutMs: context.limits.lookupTimeoutMs,
    onLookupFailure: (error) =>
      context.log.error("lookup-failed", {
        client: context.client.text,
        detail: error instanceof Error ? error.message : String(error),
      }),
  };
}
