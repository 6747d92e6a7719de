import { Type } from "typebox";
import { addressKey } from "../core/email-address.ts";
import { parseIp } from "../core/ip-address.ts";
import { ok } from "../core/result.ts";
import type { AdminContext } from "./admin-context.ts";
import { AddressText, NoInput, PasswordText } from "./input-types.ts";
import { outputOf, readAddress, readPassword } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ mailbox: AddressText });

/** Makes a mailbox; without a password it takes mail and nobody can log in to it. */
export const mailboxAdd = defineUseCase({
  name: "mailbox.add",
  summary: "Make a mailbox, which is a login too once it has a password",
  input: Type.Object({ mailbox: AddressText, password: Type.Optional(PasswordText) }),
  changes: true,
  async run({ directory, hashPassword }, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const hasPassword = input.password !== undefined;
    const password = readPassword("password", input.password ?? "");
    if (!password.ok) return password;
    const credentials = hasPassword ? await hashPassword(password.value) : undefined;
    const output = { mailbox: addressKey(address.value), hasPassword };
    return outputOf(await directory.addMailbox(address.value, credentials), output);
  },
});

/** All mailboxes. */
export const mailboxList = defineUseCase({
  name: "mailbox.list",
  summary: "List the mailboxes",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listMailboxes());
  },
});

/** One mailbox with the other names that lead to it. */
export const mailboxShow = defineUseCase({
  name: "mailbox.show",
  summary: "Show a mailbox with the addresses and groups that lead to it",
  input: Input,
  changes: false,
  async run({ directory }, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const key = addressKey(address.value);
    const row = (await directory.listMailboxes()).find(({ mailbox }) => mailbox === key);
    if (!row) return refuse("not-found", notThere(key));
    const addresses = (await directory.listAddresses()).filter(({ to }) => to.toLowerCase() === key);
    const groups = (await directory.listGroups()).filter(({ members }) =>
      members.some((member) => member.toLowerCase() === key),
    );
    return ok({
      ...row,
      addresses: addresses.map((each) => each.address),
      groups: groups.map((each) => each.group),
    });
  },
});

function notThere(key: string): string {
  return `there is no mailbox ${key}; mailbox list shows which there are`;
}

/** Takes away a mailbox and its login; the mail in it stays on disk. */
export const mailboxRemove = defineUseCase({
  name: "mailbox.remove",
  summary: "Remove a mailbox and its login; the mail stays on disk",
  input: Input,
  changes: true,
  async run(context, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const key = addressKey(address.value);
    const result = await context.directory.removeMailbox(key);
    if (!result.ok) return refuse("refused", result.error);
    // Or a mailbox made anew under the name would have them.
    await context.appPasswords.forget(key);
    return ok({ removed: key, grantsRevoked: await revokeGrants(context, key) });
  },
});

/** Gives a mailbox a new password. */
export const mailboxSetPassword = defineUseCase({
  name: "mailbox.set-password",
  summary: "Give a mailbox a new password",
  input: Type.Object({ mailbox: AddressText, password: PasswordText }),
  changes: true,
  async run(context, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const password = readPassword("password", input.password);
    if (!password.ok) return password;
    const key = addressKey(address.value);
    const credentials = await context.hashPassword(password.value);
    const result = await context.directory.setCredentials(key, credentials);
    if (!result.ok) return refuse("refused", result.error);
    return ok({ mailbox: key, grantsRevoked: await revokeGrants(context, key) });
  },
});

/** Ends a mailbox's sending: it still receives, its grants end and its queued mail to others is held. */
export const mailboxSuspend = defineUseCase({
  name: "mailbox.suspend",
  summary: "Stop a mailbox from sending; it still receives, and its queued mail is held",
  input: Input,
  changes: true,
  async run(context, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const key = addressKey(address.value);
    const result = await context.directory.setSuspended(key, true);
    if (!result.ok) return refuse("refused", result.error);
    const filter = { login: key, lane: "outbound" } as const;
    const { rows } = await context.queue.act("hold", filter, context.clock());
    return ok({
      mailbox: key,
      suspended: true,
      grantsRevoked: await revokeGrants(context, key),
      rowsHeld: rows,
    });
  },
});

/** Lets a mailbox send again. What was held stays held, so that somebody looks at it first. */
export const mailboxResume = defineUseCase({
  name: "mailbox.resume",
  summary: "Let a suspended mailbox send again; its held mail stays held until released",
  input: Input,
  changes: true,
  async run({ directory, queue, containments }, input) {
    const address = readAddress("mailbox", input.mailbox);
    if (!address.ok) return address;
    const key = addressKey(address.value);
    const contained = await containments.show(key);
    if (contained && contained.releasedAt === undefined)
      return refuse("refused", `${key} is contained; see containment show ${key}, then containment release`);
    const result = await directory.setSuspended(key, false);
    if (!result.ok) return refuse("refused", result.error);
    const rows = await queue.list({ login: key, lane: "outbound", limit: 10_000 });
    return ok({ mailbox: key, suspended: false, rowsHeld: rows.filter((row) => row.held).length });
  },
});

/** SPEC R-28: a new password, suspension or removal ends the POP grants that the account has a part in. */
export async function revokeGrants({ grants }: AdminContext, account: string): Promise<number> {
  let revoked = 0;
  for (const { client, grant } of (await grants.list()).grants) {
    const ip = grant.accounts.includes(account) ? parseIp(client) : undefined;
    if (ip && (await grants.revoke(ip))) revoked += 1;
  }
  return revoked;
}
