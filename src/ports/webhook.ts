import type { Result } from "../core/result.ts";

/**
 * Posts JSON to an address that an administrator has set. The error is a sentence about the other side; nothing rejects.
 * Bounded in time, and what is answered is not read.
 */
export type PostWebhook = (url: string, json: Readonly<Record<string, string>>) => Promise<Result<void>>;
