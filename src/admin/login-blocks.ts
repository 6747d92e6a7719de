import { Type } from "typebox";
import { networkKey, parseIp } from "../core/ip-address.ts";
import { ok } from "../core/result.ts";
import { NoInput } from "./input-types.ts";
import { isoTime } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** Whose logins are not looked at, and until when. With both a network and a login it is only the two together. */
export interface LoginBlockView {
  readonly network?: string;
  readonly login?: string;
  readonly since: string;
  readonly until: string;
  /** 1 for the first block; each further one is longer. */
  readonly round: number;
}

/** All blocks in force. */
export const loginBlockList = defineUseCase({
  name: "login-block.list",
  summary: "List the networks and logins that are blocked for guessing passwords, and until when",
  input: NoInput,
  changes: false,
  async run({ guesses, clock }) {
    const blocks = await guesses.blocks(clock());
    return ok(
      blocks.map(
        ({ since, until, ...block }): LoginBlockView => ({
          ...block,
          since: isoTime(since),
          until: isoTime(until),
        }),
      ),
    );
  },
});

/** Ends the blocks of a network or login, and forgets what it guessed. */
export const loginBlockRemove = defineUseCase({
  name: "login-block.remove",
  summary: "End the blocks of an address or login at once, and forget what was tried",
  input: Type.Object({ subject: Type.String({ minLength: 1, maxLength: 320 }) }),
  changes: true,
  async run({ guesses, forgetGuesses, clock }, input) {
    const text = input.subject.trim();
    const ip = parseIp(text.replace(/\/64$/, ""));
    const subject = ip ? { network: networkKey(ip) } : { login: text.toLowerCase() };
    const name = ip ? networkKey(ip) : text.toLowerCase();
    const removed = await guesses.removeBlocks(subject, clock());
    forgetGuesses(subject);
    return removed > 0
      ? ok({ subject: name, removed })
      : refuse("not-found", `${name} is not blocked; login-block list shows who is`);
  },
});
