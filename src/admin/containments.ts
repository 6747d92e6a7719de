import { Type } from "typebox";
import { addressKey } from "../core/email-address.ts";
import { ok, type Result } from "../core/result.ts";
import type { Containment } from "../ports/containment-store.ts";
import { AddressText, FreeText, NoInput } from "./input-types.ts";
import { isoTime, readAddress } from "./read-input.ts";
import { invalid, type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ mailbox: AddressText });

/** A containment for people and programs. */
export interface ContainmentView {
  readonly account: string;
  readonly at: string;
  readonly cause: string;
  readonly by: string;
  readonly releasedAt?: string;
  readonly releasedBy?: string;
}

function view({ account, at, cause, by, releasedAt, releasedBy }: Containment): ContainmentView {
  return {
    account,
    at: isoTime(at),
    cause,
    by,
    ...(releasedAt === undefined ? {} : { releasedAt: isoTime(releasedAt) }),
    ...(releasedBy === undefined ? {} : { releasedBy }),
  };
}

/** Every time that an account was contained. */
export const containmentList = defineUseCase({
  name: "containment.list",
  summary: "List the accounts that have been contained, newest first",
  input: NoInput,
  changes: false,
  async run({ containments }) {
    return ok((await containments.list()).map(view));
  },
});

/** The newest containment of an account, with what it sent. */
export const containmentShow = defineUseCase({
  name: "containment.show",
  summary: "Show why an account was contained, with a sample of what it sent",
  input: Input,
  changes: false,
  async run({ containments, queue }, input) {
    const key = readKey(input.mailbox);
    if (!key.ok) return key;
    const found = await containments.show(key.value);
    if (!found) return refuse("not-found", `${key.value} has never been contained`);
    const rows = await queue.list({ login: key.value, lane: "outbound", limit: 10_000 });
    const sample = found.sample.map((each) => ({ ...each, acceptedAt: isoTime(each.acceptedAt) }));
    return ok({ ...view(found), rowsHeld: rows.filter(({ held }) => held).length, sample });
  },
});

/** Stops an account's sending by hand; sessions, grants and the alert follow within a second in a running server. */
export const containmentContain = defineUseCase({
  name: "containment.contain",
  summary: "Stop an account from sending, end its sessions and grants, and hold its queued mail",
  input: Type.Object({ mailbox: AddressText, reason: Type.Optional(FreeText) }),
  changes: true,
  async run({ containments, clock, actor }, input) {
    const key = readKey(input.mailbox);
    if (!key.ok) return key;
    const cause = input.reason?.trim() || "by hand";
    const done = await containments.contain({ account: key.value, cause, by: actor, at: clock() });
    return done.ok ? ok(view(done.value)) : refuse("refused", done.error);
  },
});

/** Lets a contained account send again, and what is held go on. */
export const containmentRelease = defineUseCase({
  name: "containment.release",
  summary: "Let a contained account send again, and its held mail go on",
  input: Input,
  changes: true,
  async run({ containments, queue, clock, actor, wakeQueue }, input) {
    const key = readKey(input.mailbox);
    if (!key.ok) return key;
    const done = await containments.release(key.value, actor, clock());
    if (!done.ok) return refuse("refused", done.error);
    const { rows } = await queue.act("release", { login: key.value, lane: "outbound" }, clock());
    wakeQueue();
    return ok({ ...view(done.value), rowsReleased: rows });
  },
});

/** Deletes what a contained account has in the queue; it stays contained. */
export const containmentPurge = defineUseCase({
  name: "containment.purge",
  summary: "Delete what a contained account still has queued for other servers; nobody is told",
  input: Input,
  changes: true,
  async run({ containments, queue, bodies, clock }, input) {
    const key = readKey(input.mailbox);
    if (!key.ok) return key;
    const found = await containments.show(key.value);
    if (!found || found.releasedAt !== undefined) return refuse("refused", `${key.value} is not contained`);
    const filter = { login: key.value, lane: "outbound" } as const;
    const { rows, releasedBodies } = await queue.act("drop", filter, clock());
    for (const name of releasedBodies) await bodies.remove(name);
    return ok({ account: key.value, rowsDeleted: rows });
  },
});

/** Who is told of a containment. */
export const containmentAlerts = defineUseCase({
  name: "containment.alerts",
  summary: "Show or set who is told of a containment: an address, and an https address for programs",
  input: Type.Object({
    mail: Type.Optional(Type.String({ maxLength: 254 })),
    webhook: Type.Optional(Type.String({ maxLength: 1000 })),
  }),
  changes: true,
  async run({ containments }, input) {
    const mail = input.mail ? readAddress("mail", input.mail) : undefined;
    if (mail && !mail.ok) return mail;
    if (input.webhook && !isWebhook(input.webhook))
      return invalid(
        "webhook",
        `"${input.webhook}" is no https address; plain http goes to this machine only`,
      );
    const before = await containments.alerts();
    const settings = { ...before, ...input };
    // The empty text takes a setting away.
    const kept = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ""));
    if (input.mail !== undefined || input.webhook !== undefined) await containments.setAlerts(kept);
    return ok(await containments.alerts());
  },
});

function isWebhook(text: string): boolean {
  const url = URL.parse(text);
  if (url?.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]"]);

function readKey(text: string): Result<string, Refusal> {
  const address = readAddress("mailbox", text);
  return address.ok ? ok(addressKey(address.value)) : address;
}
