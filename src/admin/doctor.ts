import { ok } from "../core/result.ts";
import type { CheckResult } from "./doctor-check.ts";
import { NoInput } from "./input-types.ts";
import { storeChecks } from "./store-checks.ts";
import { defineUseCase } from "./use-case.ts";

/** Looks at everything that a postmaster should know about and says what to do. */
export const doctor = defineUseCase({
  name: "doctor",
  summary: "Check the server's set-up and say what to do about it",
  input: NoInput,
  changes: false,
  async run(context) {
    const checks = await Promise.all([...context.checks, ...storeChecks(context)].map((check) => check()));
    return ok({ healthy: !checks.some(({ state }) => state === "fail"), checks: sorted(checks) });
  },
});

const URGENCY: Readonly<Record<CheckResult["state"], number>> = { fail: 0, warn: 1, ok: 2 };

/** The worst first, otherwise in their own order. */
function sorted(checks: readonly CheckResult[]): CheckResult[] {
  return checks.toSorted((a, b) => URGENCY[a.state] - URGENCY[b.state]);
}
