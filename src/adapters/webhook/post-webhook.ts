import { err, ok } from "../../core/result.ts";
import type { PostWebhook } from "../../ports/webhook.ts";

const TIMEOUT_MS = 10_000;

/** Posts over the network. No redirect is followed: only the address that was set is spoken to. */
export const postWebhook: PostWebhook = async (url, json) => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? ok(undefined) : err(`it answered ${response.status}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return err(cause instanceof Error ? cause.message : String(cause));
  }
};
