import { ok } from "../core/result.ts";
import { NoInput } from "./input-types.ts";
import { defineUseCase } from "./use-case.ts";

/** Asks whether the server takes mail, with the reasons why not: for monitors and load balancers. */
export const showHealth = defineUseCase({
  name: "health",
  summary: "Say whether the server takes mail now, and if not, why",
  input: NoInput,
  changes: false,
  run: async (context) => ok(context.health()),
});
