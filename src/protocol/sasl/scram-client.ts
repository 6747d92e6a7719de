import { pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type { ClientExchange, ClientLogin, ClientStep } from "./client-exchange.ts";
import { preparePassword } from "./sasl-prep.ts";
import { clientKey, hmac, KEY_BYTES, MIN_ITERATIONS, sha256, xor } from "./scram-credentials.ts";
import {
  encodeSaslName,
  parseServerFinal,
  parseServerFirst,
  type ServerFirst,
  scramText,
} from "./scram-message.ts";

// The derivation runs in the step itself; this bound keeps a hostile server from stopping the process with it. It is well
// above what servers ask for (4096 to some ten thousand) and costs some tens of milliseconds.
const MAX_ITERATIONS = 250_000;

const GS2_HEADER = "n,,";

type State =
  | { readonly at: "first" }
  | { readonly at: "final"; readonly serverSignature: Buffer }
  | { readonly at: "verified" }
  | { readonly at: "failed" };

/** SCRAM-SHA-256 as a client (RFC 5802, RFC 7677), without channel binding. The server must prove itself too. */
export function scramClient(login: ClientLogin): ClientExchange {
  const password = preparePassword(login.password);
  const clientNonce = login.nonce();
  const bare = `n=${encodeSaslName(login.user)},r=${clientNonce}`;
  const opening = Buffer.from(GS2_HEADER + bare);
  let state: State = { at: "first" };

  function failed(detail: string): ClientStep {
    state = { at: "failed" };
    return { kind: "failed", detail };
  }

  function answerFirst(text: string): ClientStep {
    if (!password.ok) return failed(password.error);
    const first = parseServerFirst(text);
    if (!first.ok) return failed(first.error);
    const refusal = refuse(first.value, clientNonce);
    if (refusal) return failed(refusal);
    const { salt, iterations, nonce } = first.value;
    const salted = pbkdf2Sync(password.value, salt, iterations, KEY_BYTES, "sha256");
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString("base64")},r=${nonce}`;
    const authMessage = `${bare},${text},${withoutProof}`;
    const key = clientKey(salted);
    const proof = xor(key, hmac(sha256(key), authMessage)).toString("base64");
    state = { at: "final", serverSignature: hmac(hmac(salted, "Server Key"), authMessage) };
    return { kind: "send", data: Buffer.from(`${withoutProof},p=${proof}`) };
  }

  function checkFinal(text: string, expected: Buffer): ClientStep {
    const final = parseServerFinal(text);
    if (!final.ok) return failed(final.error);
    if ("error" in final.value) return failed(`the server answered ${final.value.error}`);
    if (!timingSafeEqual(final.value.signature, expected)) {
      return failed("the server could not prove that it knows the password: it is not the server meant");
    }
    state = { at: "verified" };
    return { kind: "done" };
  }

  return {
    initial: () => (password.ok ? opening : undefined),
    step(challenge) {
      const text = scramText(challenge);
      if (!text.ok) return failed(text.error);
      if (state.at === "final") return checkFinal(text.value, state.serverSignature);
      if (state.at !== "first") return failed("a challenge after the end of the exchange");
      // RFC 4954 4: an empty challenge asks for the opening, from a server that did not take it with the command.
      if (text.value === "" && password.ok) return { kind: "send", data: opening };
      return answerFirst(text.value);
    },
    finished: () => state.at === "verified",
  };
}

/** Why a server's first message is not gone along with, or `undefined`. */
function refuse(first: ServerFirst, clientNonce: string): string | undefined {
  // RFC 5802 5.1: the server adds to the client's nonce. The same nonce again could be an old exchange replayed.
  if (!first.nonce.startsWith(clientNonce) || first.nonce === clientNonce)
    return "the server's nonce is not ours continued";
  // RFC 7677 4: so few that whoever poses as the server could try passwords fast.
  if (first.iterations < MIN_ITERATIONS) return `the server asks for fewer than ${MIN_ITERATIONS} iterations`;
  return first.iterations > MAX_ITERATIONS
    ? `the server asks for more than ${MAX_ITERATIONS} iterations`
    : undefined;
}
