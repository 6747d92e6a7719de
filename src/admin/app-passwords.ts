import { Type } from "typebox";
import { parseExpiry } from "../config/privileged-entry.ts";
import { addressKey } from "../core/email-address.ts";
import { formatIpRange, parseIpRange } from "../core/ip-range.ts";
import { ok, type Result } from "../core/result.ts";
import { APP_PASSWORD_SCOPES, type AppPassword } from "../ports/app-password-store.ts";
import type { AdminContext } from "./admin-context.ts";
import { AddressText } from "./input-types.ts";
import { revokeGrants } from "./mailboxes.ts";
import { isoTime, outputOf, readAddress } from "./read-input.ts";
import { invalid, type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const DAY_MS = 86_400_000;

const AppName = Type.String({ minLength: 1, maxLength: 64, pattern: "^[^\\u0000-\\u001f\\u007f]+$" });
const Scopes = Type.Array(Type.Enum([...APP_PASSWORD_SCOPES]), { maxItems: 2 });

/** An app password for people and programs: everything but the password. */
export interface AppPasswordView {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly ranges: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** `2026-11-24` */
  readonly lastUsed?: string;
  readonly expired: boolean;
}

function view(
  { name, scopes, ranges, createdAt, expiresAt, lastUsedDay }: AppPassword,
  now: number,
): AppPasswordView {
  return {
    name,
    scopes,
    ranges,
    createdAt: isoTime(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: isoTime(expiresAt) }),
    ...(lastUsedDay === undefined
      ? {}
      : { lastUsed: new Date(lastUsedDay * DAY_MS).toISOString().slice(0, 10) }),
    expired: expiresAt !== undefined && expiresAt <= now,
  };
}

/** Makes an app password. This is the only time that it is shown. */
export const appPasswordAdd = defineUseCase({
  name: "mailbox.app-password.add",
  summary: "Make a password for one program of a mailbox's owner; it is shown this once",
  input: Type.Object({
    mailbox: AddressText,
    name: AppName,
    scopes: Type.Optional(Scopes),
    ranges: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 20 })),
    expires: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
  }),
  changes: true,
  async run(context, input) {
    const account = await readMailbox(context, input.mailbox);
    if (!account.ok) return account;
    const ranges: string[] = [];
    for (const text of input.ranges ?? []) {
      const range = parseIpRange(text);
      if (!range.ok) return invalid("ranges", range.error);
      ranges.push(formatIpRange(range.value));
    }
    const now = context.clock();
    const expiry = input.expires === undefined ? undefined : parseExpiry(input.expires, now);
    if (expiry && !expiry.ok) return invalid("expires", expiry.error);
    const { password, hash } = context.newAppPassword();
    const made: AppPassword = {
      account: account.value,
      name: input.name.trim(),
      scopes: input.scopes?.length ? [...new Set(input.scopes)] : APP_PASSWORD_SCOPES,
      ranges,
      createdAt: now,
      ...(expiry ? { expiresAt: expiry.value } : {}),
    };
    const output = { mailbox: account.value, password, ...view(made, now) };
    return outputOf(await context.appPasswords.add(made, hash), output);
  },
});

/** The app passwords of a mailbox. */
export const appPasswordList = defineUseCase({
  name: "mailbox.app-password.list",
  summary: "List the app passwords of a mailbox, with the day that each was last used",
  input: Type.Object({ mailbox: AddressText }),
  changes: false,
  async run(context, input) {
    const account = await readMailbox(context, input.mailbox);
    if (!account.ok) return account;
    const now = context.clock();
    return ok((await context.appPasswords.list(account.value)).map((each) => view(each, now)));
  },
});

/** Takes an app password away; logins with it fail from now on. */
export const appPasswordRemove = defineUseCase({
  name: "mailbox.app-password.remove",
  summary: "Remove an app password of a mailbox; logins with it fail at once",
  input: Type.Object({ mailbox: AddressText, name: AppName }),
  changes: true,
  async run(context, input) {
    const account = await readMailbox(context, input.mailbox);
    if (!account.ok) return account;
    const name = input.name.trim();
    const removed = await context.appPasswords.remove(account.value, name);
    if (!removed.ok) return refuse("refused", removed.error);
    // Nobody knows which of the grants came of it.
    return ok({
      mailbox: account.value,
      removed: name,
      grantsRevoked: await revokeGrants(context, account.value),
    });
  },
});

/** Says where the main password of a mailbox is taken. */
export const mailboxSet = defineUseCase({
  name: "mailbox.set",
  summary: "Say whether SMTP and POP take the main password of a mailbox, or app passwords only",
  input: Type.Object({ mailbox: AddressText, mainPassword: Type.Enum(["everywhere", "console-only"]) }),
  changes: true,
  async run(context, input) {
    const account = await readMailbox(context, input.mailbox);
    if (!account.ok) return account;
    await context.appPasswords.setMainPasswordUse(account.value, input.mainPassword);
    const appPasswords = (await context.appPasswords.list(account.value)).length;
    return ok({ mailbox: account.value, mainPassword: input.mainPassword, appPasswords });
  },
});

async function readMailbox({ directory }: AdminContext, text: string): Promise<Result<string, Refusal>> {
  const address = readAddress("mailbox", text);
  if (!address.ok) return address;
  const key = addressKey(address.value);
  if (await directory.account(key)) return ok(key);
  return refuse("not-found", `there is no mailbox ${key}; mailbox list shows which there are`);
}
