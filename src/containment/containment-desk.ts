import type { Domain } from "../core/domain.ts";
import { parseAddress } from "../core/email-address.ts";
import type { NewIds } from "../core/ids.ts";
import { type Clock, plusMs } from "../core/instant.ts";
import { parseIp } from "../core/ip-address.ts";
import { DAY_MS } from "../core/sending-limits.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { Containment, ContainmentStore } from "../ports/containment-store.ts";
import type { Directory } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { Journal } from "../ports/journal.ts";
import type { Logger } from "../ports/logger.ts";
import type { Lane, QueueStore } from "../ports/queue-store.ts";
import type { Timers } from "../ports/timers.ts";
import type { PostWebhook } from "../ports/webhook.ts";
import { ownMessage } from "../queue/own-message.ts";
import { alertMessage } from "./alert-message.ts";
import { takeSample } from "./take-sample.ts";

export interface ContainmentDeskOptions {
  readonly containments: ContainmentStore;
  readonly queue: Pick<QueueStore, "list" | "readBody" | "accept">;
  readonly bodies: Pick<BodyStore, "read">;
  readonly journal: Pick<Journal, "search">;
  readonly grants: GrantStore;
  readonly directory: Pick<Directory, "resolve">;
  /** Ends what the account has open, wherever it has logged in; returns how many sessions. */
  readonly endSessionsOf: (account: string) => number;
  readonly postWebhook: PostWebhook;
  readonly wakeQueue: (lanes: ReadonlySet<Lane>) => void;
  readonly newId: NewIds;
  readonly hostname: Domain;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
}

/** Sees to what follows a containment outside of the store. */
export interface ContainmentDesk {
  stop(): void;
}

/** The commit that contains an account has stopped its mail already; sessions, grants and people can wait so long. */
const LOOK_MS = 1000;
/** A webhook that fails is tried again after these; then the mail has to do. */
const WEBHOOK_WAITS_MS: readonly number[] = [5000, 30_000, 120_000, 600_000];
const ALERT_LIFETIME_MS = 5 * DAY_MS;

/**
 * Looks for containments that nobody has seen to, by whatever thread, command or process they were made: ends sessions and
 * grants, takes the sample, sends the alert. What a crash leaves undone is done after the next start.
 */
export function startContainmentDesk(options: ContainmentDeskOptions): ContainmentDesk {
  const { containments, timers, log } = options;
  const cancels = new Set<() => void>();
  let stopped = false;
  /** Sets a timer that the end of the desk ends too. */
  const later: Timers["set"] = (afterMs, then) => {
    if (stopped) return () => {};
    const cancel = timers.set(afterMs, () => {
      cancels.delete(cancel);
      then();
    });
    cancels.add(cancel);
    return cancel;
  };
  async function look(): Promise<void> {
    try {
      for (const containment of await containments.pending()) await seeTo(options, containment, later);
    } catch (error) {
      log.error("containment-not-followed-up", { detail: String(error) });
    }
    later(LOOK_MS, () => void look());
  }
  void look();
  return {
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
    },
  };
}

async function seeTo(
  options: ContainmentDeskOptions,
  containment: Containment,
  later: Timers["set"],
): Promise<void> {
  const { account, cause, by, id } = containment;
  const sessions = options.endSessionsOf(account);
  const grants = await revokeGrants(options.grants, account);
  const sample = await takeSample(options, account);
  const { mail = `postmaster@${account.slice(account.lastIndexOf("@") + 1)}`, webhook } =
    await options.containments.alerts();
  await sendMail(options, containment, mail);
  await options.containments.followedUp(id, sample, options.clock());
  options.log.warn("account-contained", { account, cause, by, sessions, grants, sampled: sample.length });
  if (webhook !== undefined) void callWebhook(options, containment, webhook, later, 0);
}

/** The grants that the account has a part in; whoever shares one logs in by POP again. */
async function revokeGrants(grants: GrantStore, account: string): Promise<number> {
  let revoked = 0;
  for (const { client, grant } of (await grants.list()).grants) {
    const ip = grant.accounts.includes(account) ? parseIp(client) : undefined;
    if (ip && (await grants.revoke(ip))) revoked += 1;
  }
  return revoked;
}

async function sendMail(
  { directory, newId, hostname, clock, queue, wakeQueue, log }: ContainmentDeskOptions,
  containment: Containment,
  to: string,
): Promise<void> {
  const address = parseAddress(to);
  const resolution = address && (await directory.resolve(address));
  if (!address || !resolution || resolution.kind === "no-such-recipient") {
    log.error("alert-not-sent", { account: containment.account, to, detail: "there is no such address" });
    return;
  }
  const targets =
    resolution.kind === "local" ? resolution.targets : [{ kind: "remote", address, chargedTo: "" } as const];
  const at = clock();
  const id = newId.message();
  const bytes = alertMessage({ id, hostname, to, at, containment });
  const expiresAt = plusMs(at, ALERT_LIFETIME_MS);
  await queue.accept(ownMessage(newId, { id, to, targets, bytes, smtpUtf8: false, at, expiresAt }));
  wakeQueue(new Set<Lane>(["local", "outbound"]));
}

async function callWebhook(
  options: ContainmentDeskOptions,
  containment: Containment,
  url: string,
  later: Timers["set"],
  attempt: number,
): Promise<void> {
  const { account, cause, by, at } = containment;
  const when = new Date(at).toISOString();
  const posted = await options.postWebhook(url, { event: "account-contained", account, cause, by, at: when });
  if (posted.ok) return;
  const waitMs = WEBHOOK_WAITS_MS[attempt];
  options.log.warn("webhook-failed", { account, detail: posted.error, retryAfterMs: waitMs ?? null });
  if (waitMs === undefined) return;
  later(waitMs, () => void callWebhook(options, containment, url, later, attempt + 1));
}
