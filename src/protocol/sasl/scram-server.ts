import { timingSafeEqual } from "node:crypto";
import { usableLogin } from "./login-text.ts";
import { hmac, KEY_BYTES, sha256, xor } from "./scram-credentials.ts";
import {
  type ChannelBindings,
  type ExchangeOptions,
  malformed,
  type ScramAnswer,
  type ScramExchange,
  type ScramStep,
} from "./scram-exchange.ts";
import {
  type ClientFinal,
  type ClientFirst,
  parseClientFinal,
  parseClientFirst,
  scramText,
} from "./scram-message.ts";

/** What has been said up to the client's proof. */
interface Dialogue {
  readonly first: ClientFirst;
  /** What the client must give as `c=`: its own gs2 header, and the channel's data where it binds. */
  readonly expectedBinding: Buffer;
  readonly answer: ScramAnswer;
  readonly nonce: string;
  readonly serverFirst: string;
}

type State =
  | { readonly at: "client-first" }
  | { readonly at: "lookup"; readonly first: ClientFirst; readonly expectedBinding: Buffer }
  | ({ readonly at: "client-final" } & Dialogue)
  | { readonly at: "over" };

/** SCRAM-SHA-256 (RFC 5802, RFC 7677), with channel binding where `plus`. */
export function scramServer(plus: boolean, options: ExchangeOptions): ScramExchange {
  let state: State = { at: "client-first" };

  /** Each message ends the exchange unless it leads on to the next. */
  function takeState(): State {
    const before = state;
    state = { at: "over" };
    return before;
  }

  function clientFirst(text: string): ScramStep {
    const first = parseClientFirst(text);
    if (!first.ok) return malformed(first.error);
    const expected = expectedBinding(first.value, plus, options);
    if (!Buffer.isBuffer(expected)) return expected;
    const { login, authzid } = first.value;
    if (!usableLogin(login) || (authzid !== "" && authzid !== login)) return { kind: "rejected" };
    state = { at: "lookup", first: first.value, expectedBinding: expected };
    return { kind: "need-scram", login };
  }

  return {
    firstChallenge: Buffer.alloc(0),
    step(response) {
      const before = takeState();
      const text = scramText(response);
      if (!text.ok) return malformed(text.error);
      if (before.at === "client-first") return clientFirst(text.value);
      if (before.at !== "client-final") return malformed("SCRAM: a message out of turn");
      const final = parseClientFinal(text.value);
      return final.ok ? judge(before, final.value) : malformed(final.error);
    },
    provide(answer) {
      const before = takeState();
      if (before.at !== "lookup") return malformed("credentials were given that nobody asked for");
      const { salt, iterations } = answer.credentials;
      const nonce = before.first.nonce + options.nonce();
      const serverFirst = `r=${nonce},s=${Buffer.from(salt).toString("base64")},i=${iterations}`;
      state = { ...before, at: "client-final", answer, nonce, serverFirst };
      return { kind: "challenge", data: Buffer.from(serverFirst) };
    },
  };
}

/** RFC 5802 6: what the client must send as `c=`, or why its wish cannot be met. */
function expectedBinding(first: ClientFirst, plus: boolean, options: ExchangeOptions): Buffer | ScramStep {
  const { binding } = first;
  const header = Buffer.from(first.gs2Header);
  if (binding.flag === "p") {
    if (!plus) return malformed("SCRAM-SHA-256 is without channel binding; SCRAM-SHA-256-PLUS has it");
    // RFC 5802 6.1: binding to something else than what the connection has would bind nothing.
    const data = bindingData(options.channelBinding ?? {}, binding.type);
    return data
      ? Buffer.concat([header, data])
      : malformed("SCRAM: a channel binding that is not offered here");
  }
  if (plus) return malformed("SCRAM-SHA-256-PLUS needs channel binding");
  // RFC 5802 6: the client binds, and was told that the server does not. Somebody in between took PLUS off the list.
  if (binding.flag === "y" && options.plusOffered) return { kind: "rejected" };
  return header;
}

function bindingData(bindings: ChannelBindings, type: string): Buffer | undefined {
  return type === "tls-exporter" || type === "tls-server-end-point" ? bindings[type] : undefined;
}

/** Checks the proof. Known and made-up credentials take the same steps, so that time tells nothing. */
function judge(dialogue: Dialogue, final: ClientFinal): ScramStep {
  if (final.nonce !== dialogue.nonce) return { kind: "rejected" };
  // RFC 5802 5.1: differs where the client saw another TLS connection, or another list of mechanisms.
  if (!final.channelBinding.equals(dialogue.expectedBinding)) return { kind: "rejected" };
  const { answer } = dialogue;
  const { storedKey, serverKey } = answer.credentials;
  const authMessage = `${dialogue.first.bare},${dialogue.serverFirst},${final.withoutProof}`;
  const claimedKey = xor(final.proof, hmac(storedKey, authMessage));
  const proven = storedKey.length === KEY_BYTES && timingSafeEqual(sha256(claimedKey), storedKey);
  const signature = hmac(serverKey, authMessage).toString("base64");
  if (!proven || answer.kind === "decoy") return { kind: "rejected" };
  return { kind: "accepted", account: answer.account, finalData: Buffer.from(`v=${signature}`) };
}
