import type { HostAnswer } from "../../ports/host-accounts.ts";

/**
 * The codes that say no to this user and password, by their numbers in Linux-PAM (`_pam_types.h`) and in OpenPAM
 * (`pam_constants.h`, macOS): wrong password, unknown user, refused, too many tries, password to be changed, account or
 * password expired. All others say that PAM could not tell.
 */
const WRONG: Readonly<Record<"linux" | "darwin", ReadonlySet<number>>> = {
  linux: new Set([6, 7, 10, 11, 12, 13, 16, 27]),
  darwin: new Set([7, 8, 9, 10, 13, 15, 17, 18]),
};

/** What a code of PAM means for a login. */
export function pamAnswer(code: number, platform: NodeJS.Platform): HostAnswer {
  if (code === 0) return { kind: "right" };
  return WRONG[platform === "darwin" ? "darwin" : "linux"].has(code)
    ? { kind: "wrong" }
    : { kind: "unavailable", detail: `PAM answered with code ${code}` };
}
