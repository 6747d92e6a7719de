import { type EmailAddress, formatAddress, parseAddress } from "../../core/email-address.ts";
import { err, ok, type Result } from "../../core/result.ts";

/** A post office is a folder too, so its name must be a plain file name on every system. */
export function checkPostofficeName(name: string): Result<void> {
  if (/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/.test(name)) return ok(undefined);
  return err(
    `"${name}" cannot name a post office: use up to 63 lower-case letters, digits, dots, hyphens and underscores, ` +
      "with a letter or digit at both ends",
  );
}

/** An address that is made here must be one that every mail program can write and that no server reads as a route. */
export function checkLocalPart(address: EmailAddress): Result<void> {
  const text = formatAddress(address);
  if (!parseAddress(text)) return err(`${text} cannot be used here: it needs quoting, or is too long`);
  // The old routing forms are refused at RCPT (SPEC R-1), so such a name could never get mail.
  if (/[%!]/.test(address.local)) return err(`${text} cannot be used here: "%" and "!" stand for routing`);
  return ok(undefined);
}

/** A mailbox is a folder too. */
export function checkMailboxName(address: EmailAddress): Result<void> {
  if (!/[/*?|]/.test(address.local)) return ok(undefined);
  return err(`${formatAddress(address)} cannot name a mailbox: its folder could not be called so`);
}

/** The name that an administrator logs in with. */
export function checkAdministratorName(name: string): Result<void> {
  if (/^[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?$/.test(name)) return ok(undefined);
  return err(
    `"${name}" cannot name an administrator: use up to 64 lower-case letters, digits and . _ @ + -, ` +
      "with a letter or digit at both ends",
  );
}
