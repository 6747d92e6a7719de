import type { AdminContext } from "./admin-context.ts";
import type { CheckResult, DoctorCheck } from "./doctor-check.ts";
import { checkHealth } from "./health.ts";
import { policyCauses, verdictOf } from "./policy-causes.ts";
import { isoTime } from "./read-input.ts";

/** The checks that only need the stores: policy, directory, grants, queue and the journal's clock. */
export function storeChecks(context: AdminContext): readonly DoctorCheck[] {
  return [
    () => checkPolicy(context),
    () => checkDirectory(context),
    () => checkGrants(context),
    () => checkQueue(context),
    () => checkClock(context),
    () => checkHealth(context),
  ];
}

async function checkPolicy({ policies, clock }: AdminContext): Promise<CheckResult> {
  const policy = await policies.current();
  const name = "relay policy";
  if (!policy.settings.enabled) {
    return {
      name,
      state: "warn",
      saw: "relay is off: this server only receives",
      todo: "relay set relay.enabled=true, if that is not meant",
    };
  }
  const causes = policyCauses(policy, clock());
  const verdict = verdictOf(causes);
  if (verdict === "closed") return { name, state: "ok", saw: `policy ${policy.number} is closed`, todo: "" };
  const because = causes.map((cause) => cause.because).join("; ");
  return {
    name,
    state: verdict === "open" ? "fail" : "warn",
    saw: `policy ${policy.number} is ${verdict}: ${because}`,
    todo: "switch it off or narrow it (relay show, privileged list), unless you know why you need it",
  };
}

async function checkDirectory({ directory }: AdminContext): Promise<CheckResult> {
  const name = "directory";
  const domains = await directory.listDomains();
  if (domains.length === 0) {
    const todo = "postoffice add NAME, then domain add DOMAIN";
    return { name, state: "warn", saw: "no domain is hosted here, so no mail is delivered", todo };
  }
  const mailboxes = await directory.listMailboxes();
  const count = (number: number, one: string, many: string): string =>
    `${number} ${number === 1 ? one : many}`;
  const saw = `${count(domains.length, "domain", "domains")}, ${count(mailboxes.length, "mailbox", "mailboxes")}`;
  return { name, state: "ok", saw, todo: "" };
}

async function checkGrants({ grants }: AdminContext): Promise<CheckResult> {
  const name = "POP grants";
  const { grants: list, junk } = await grants.list();
  if (junk.length === 0) return { name, state: "ok", saw: `${list.length} files`, todo: "" };
  const shown = junk.slice(0, 5).join(", ");
  return {
    name,
    state: "warn",
    saw: `${junk.length} files in Config/Connections have a name that is no IP address: ${shown}`,
    todo: "name them <ip>.pbs, with - for : in IPv6, or delete them",
  };
}

async function checkQueue({ queue, policies, clock }: AdminContext): Promise<CheckResult> {
  const { lanes } = await queue.stats(clock());
  const { settings } = await policies.current();
  const held = lanes.local.held + lanes.outbound.held;
  const waiting = lanes.local.waiting + lanes.outbound.waiting;
  const saw = `${waiting} waiting, ${held} held`;
  if (!settings.enabled && lanes.outbound.waiting > 0) {
    const todo = "relay set relay.enabled=true sends them on";
    return {
      name: "queue",
      state: "warn",
      saw: `${saw}; those for other servers wait because relay is off`,
      todo,
    };
  }
  return {
    name: "queue",
    state: held > 0 ? "warn" : "ok",
    saw,
    todo: held > 0 ? "queue release, or queue drop" : "",
  };
}

/** Further into the past than clocks are set right by. */
const SLACK_MS = 60_000;

async function checkClock({ journal, clock }: AdminContext): Promise<CheckResult> {
  const name = "clock";
  const now = clock();
  const [last] = await journal.search({ limit: 1 });
  if (last && last.at > now + SLACK_MS) {
    const saw = `it is ${isoTime(now)} here, but the last decision was made at ${isoTime(last.at)}`;
    return { name, state: "fail", saw, todo: "set the clock right; grants, retries and expiries go by it" };
  }
  return { name, state: "ok", saw: isoTime(now), todo: "" };
}
