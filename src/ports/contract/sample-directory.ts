import assert from "node:assert/strict";
import { type Domain, parseDomain } from "../../core/domain.ts";
import { type EmailAddress, parseAddress } from "../../core/email-address.ts";
import type { Result } from "../../core/result.ts";
import type { Credentials, DirectoryAdmin } from "../directory.ts";

/** An address that is known to be one. */
export function address(text: string): EmailAddress {
  const parsed = parseAddress(text);
  assert.ok(parsed, `${text} is no address`);
  return parsed;
}

/** A domain that is known to be one. */
export function domain(text: string): Domain {
  const parsed = parseDomain(text);
  assert.ok(parsed, `${text} is no domain`);
  return parsed;
}

/** Fails with the refusal's own sentence where there is one. */
export function accepted(result: Result<void>): void {
  assert.ok(result.ok, result.ok ? "" : result.error);
}

/** What a refusal says; fails where there is none. */
export function refusal(result: Result<void>): string {
  assert.ok(!result.ok, "this was to be refused");
  return result.error;
}

/** Credentials of the right shape, that no password fits. */
export const CREDENTIALS: Credentials = {
  argon2id: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
  scramSha256: {
    salt: Uint8Array.of(1, 2, 3),
    iterations: 4096,
    storedKey: Uint8Array.of(4, 5),
    serverKey: Uint8Array.of(6, 7, 8),
  },
};

/** Post offices acme (example.test, example.net) and other (other.test), with alice, bob and carol at example.test. */
export async function fillDirectory(directory: DirectoryAdmin): Promise<void> {
  accepted(await directory.addPostoffice("acme"));
  accepted(await directory.addPostoffice("other"));
  accepted(await directory.addDomain(domain("example.test"), "acme"));
  accepted(await directory.addDomain(domain("example.net"), "acme"));
  accepted(await directory.addDomain(domain("other.test"), "other"));
  for (const name of ["alice", "bob", "carol"]) {
    accepted(await directory.addMailbox(address(`${name}@example.test`), undefined));
  }
}
