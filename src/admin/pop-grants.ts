import { Type } from "typebox";
import { type Instant, plusMs } from "../core/instant.ts";
import { ok } from "../core/result.ts";
import type { PopGrant } from "../relay/facts.ts";
import { IpText, NoInput } from "./input-types.ts";
import { isoTime, readIp } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** A file of the grants' folder: a grant, or a name that is no address. */
export type GrantView =
  | {
      readonly client: string;
      /** Empty: a grant without identity, by hand or by another program. */
      readonly accounts: readonly string[];
      readonly loggedInAt: string;
      readonly validUntil: string;
      /** Whether it lets the client relay now. */
      readonly inForce: boolean;
    }
  | { readonly file: string; readonly problem: string };

function viewGrant(
  client: string,
  grant: PopGrant,
  period: { isOn: boolean; ms: number },
  now: Instant,
): GrantView {
  const until = plusMs(grant.loggedInAt, period.ms);
  return {
    client,
    accounts: grant.accounts,
    loggedInAt: isoTime(grant.loggedInAt),
    validUntil: isoTime(until),
    inForce: period.isOn && now < until,
  };
}

/** All grants, in force or not, and files that are none. */
export const popGrantList = defineUseCase({
  name: "pop-grant.list",
  summary: "List the addresses that a POP login lets relay, and until when",
  input: NoInput,
  changes: false,
  async run({ grants, policies, clock }) {
    const { settings } = await policies.current();
    const period = {
      isOn: settings.enabled && settings.popBeforeSmtp.enabled,
      ms: settings.popBeforeSmtp.periodMs,
    };
    const now = clock();
    const listed = await grants.list();
    const views: GrantView[] = listed.grants.map(({ client, grant }) =>
      viewGrant(client, grant, period, now),
    );
    for (const file of listed.junk) {
      views.push({ file, problem: "the name is no IP address, so the file is ignored" });
    }
    return ok(views);
  },
});

const Input = Type.Object({ ip: IpText });

/** Lets an address relay for the period as if it had logged in by POP, without identity. */
export const popGrantAllow = defineUseCase({
  name: "pop-grant.allow",
  summary: "Let an address relay for the POP before SMTP period, by hand",
  input: Input,
  changes: true,
  async run({ grants, policies, clock }, input) {
    const ip = readIp("ip", input.ip);
    if (!ip.ok) return ip;
    const now = clock();
    await grants.allow(ip.value, undefined, now);
    const { settings } = await policies.current();
    const notes = settings.popBeforeSmtp.enabled
      ? []
      : [
          "POP before SMTP is switched off, so the grant does nothing yet: relay set popBeforeSmtp.enabled=true",
        ];
    return ok({
      client: ip.value.text,
      validUntil: isoTime(plusMs(now, settings.popBeforeSmtp.periodMs)),
      notes,
    });
  },
});

/** Ends a grant at once. */
export const popGrantRevoke = defineUseCase({
  name: "pop-grant.revoke",
  summary: "End the grant of an address at once",
  input: Input,
  changes: true,
  async run({ grants }, input) {
    const ip = readIp("ip", input.ip);
    if (!ip.ok) return ip;
    return (await grants.revoke(ip.value))
      ? ok({ revoked: ip.value.text })
      : refuse("not-found", `${ip.value.text} has no grant; pop-grant list shows which there are`);
  },
});
