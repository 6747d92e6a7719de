import { existsSync } from "node:fs";
import type { HostAnswer } from "../../ports/host-accounts.ts";
import { serveHelper } from "./helper-messages.ts";
import { openPam } from "./libpam.ts";
import { pamAnswer } from "./pam-answer.ts";

// A helper process: asks PAM, one question at a time. `process.argv[2]` is the PAM service.

const service = process.argv[2] ?? "";
const check = openPam();

serveHelper(({ user, password }): HostAnswer => {
  // Linux-PAM takes the service `other` for one that has no file, and that one calls every password wrong.
  const missing = process.platform === "linux" && !hasService(service);
  return missing
    ? { kind: "unavailable", detail: `there is no PAM service ${service}: no file /etc/pam.d/${service}` }
    : pamAnswer(check(service, user, password), process.platform);
});

/** Debian has an `/etc/pam.conf` too, but it counts only where there is no `/etc/pam.d` (pam.conf(5)). */
function hasService(name: string): boolean {
  if (!existsSync("/etc/pam.d")) return existsSync("/etc/pam.conf");
  return existsSync(`/etc/pam.d/${name}`) || existsSync(`/usr/lib/pam.d/${name}`);
}
