import { popReplies } from "../core/pop-reply.ts";
import type { Account } from "../ports/directory.ts";
import { type Maildrop, MaildropUnavailable } from "../ports/maildrop-store.ts";
import type { PopContext } from "./pop-context.ts";
import { type PopStep, type TransactionState, totals } from "./pop-state.ts";

/**
 * Opens the mailbox of an account that has proved who it is, and remembers the client for POP before SMTP. A login that
 * does not get as far as its mailbox has failed, and leaves no grant.
 */
export async function enterMailbox(context: PopContext, mechanism: string, login: string): Promise<PopStep> {
  const { log, client, listener, directory, maildrops } = context;
  const about = { client: client.text, listener: listener.name, mechanism, account: login };
  const refuse = (reply: PopStep["reply"], reason: string): PopStep => {
    log.warn("pop-login-failed", { ...about, reason });
    return { reply, state: { phase: "authorization" } };
  };
  let account: Account | undefined;
  let maildrop: Maildrop | "in-use";
  try {
    account = await directory.account(login);
    if (!account) return refuse(popReplies.noMailbox, "no-mailbox");
    maildrop = await maildrops.open({ mailbox: account.key, postoffice: account.postoffice });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    log.error("mailbox-unavailable", {
      account: login,
      detail,
      expected: error instanceof MaildropUnavailable,
    });
    return refuse(popReplies.mailboxUnavailable, "unavailable");
  }
  if (maildrop === "in-use") return refuse(popReplies.inUse, "in-use");
  await remember(context, account);
  const state: TransactionState = {
    phase: "transaction",
    account: account.key,
    maildrop,
    marked: new Set(),
  };
  const { count, octets } = totals(state);
  log.info("pop-login", { ...about, tls: context.tls !== undefined, messages: count });
  return { reply: popReplies.opened(count, octets), state };
}

/**
 * SPEC R-21..28: the client's address may relay from now on. A suspended account reads its mail and speaks for nobody;
 * nor does a proxy's own address. A grant that cannot be written costs the client its relaying, not its mail.
 */
async function remember(context: PopContext, account: Account): Promise<void> {
  if (!context.policy().settings.popBeforeSmtp.enabled) return;
  if (account.suspended || context.clientIsProxy) return;
  try {
    await context.grants.allow(context.client, account.key, context.clock());
  } catch (error) {
    context.log.error("pop-grant-not-written", {
      client: context.client.text,
      account: account.key,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}
