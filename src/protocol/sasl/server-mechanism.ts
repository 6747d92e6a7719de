import { decodeUtf8, usableLogin, usablePassword } from "./login-text.ts";
import { type ExchangeOptions, malformed, type ScramAnswer, type ScramStep } from "./scram-exchange.ts";
import { scramServer } from "./scram-server.ts";

/** The mechanisms that the server speaks. */
export type ServerMechanism = "PLAIN" | "LOGIN" | "SCRAM-SHA-256" | "SCRAM-SHA-256-PLUS";

/**
 * The server's half of one SASL exchange. A state machine without I/O: it takes what the client sent (base64 already
 * removed) and says what is to be done. After any step but `challenge`, `need-scram` and `verify-password` it is over.
 */
export interface ServerExchange {
  /** What to send when the client gave no initial response (RFC 4954 4): empty, or LOGIN's `Username:`. */
  readonly firstChallenge: Buffer;
  /** Takes the initial response, or the next response. Never throws, whatever the bytes are. */
  step(response: Buffer): SaslStep;
  /** Answers a `need-scram`. Without such a question open the exchange ends as malformed. */
  provide(answer: ScramAnswer): SaslStep;
}

/** What is to be done next. After `verify-password` the authenticator's answer ends the exchange. */
export type SaslStep =
  | ScramStep
  | { readonly kind: "verify-password"; readonly login: string; readonly password: string };

/**
 * Begins an exchange. With an initial response call `step` with it; without one send `firstChallenge` and call `step`
 * with the client's answer. Both ways are the same to the mechanism: LOGIN's initial response is the user name.
 */
export function startExchange(mechanism: ServerMechanism, options: ExchangeOptions): ServerExchange {
  switch (mechanism) {
    case "PLAIN":
      return plainExchange();
    case "LOGIN":
      return loginExchange();
    case "SCRAM-SHA-256":
      return scramServer(false, options);
    case "SCRAM-SHA-256-PLUS":
      return scramServer(true, options);
  }
}

/** RFC 4616: one message, `[authzid] NUL authcid NUL passwd`. */
function plainExchange(): ServerExchange {
  let over = false;
  return {
    firstChallenge: Buffer.alloc(0),
    step(response) {
      if (over) return malformed("the exchange is over");
      over = true;
      return readPlain(response);
    },
    provide: noQuestion,
  };
}

function readPlain(response: Buffer): SaslStep {
  const text = decodeUtf8(response);
  if (text === undefined) return malformed("PLAIN: not UTF-8");
  const [authzid, login, password, extra] = text.split("\0", 4);
  if (authzid === undefined || login === undefined || password === undefined || extra !== undefined) {
    return malformed("PLAIN: not two NUL characters");
  }
  // RFC 4616 2: an identity to act as. Nobody may act as somebody else here; the own name is no other.
  if (authzid !== "" && authzid !== login) return { kind: "rejected" };
  return passwordStep(login, password);
}

/** LOGIN has no RFC (draft-murchison-sasl-login): user name and password, each asked for. */
function loginExchange(): ServerExchange {
  let state: { at: "user" } | { at: "password"; login: string } | { at: "over" } = { at: "user" };
  return {
    firstChallenge: Buffer.from("Username:"),
    step(response) {
      const before = state;
      state = { at: "over" };
      if (before.at === "over") return malformed("the exchange is over");
      const text = decodeUtf8(response);
      if (text === undefined) return malformed("LOGIN: not UTF-8");
      if (before.at === "password") return passwordStep(before.login, text);
      state = { at: "password", login: text };
      return { kind: "challenge", data: Buffer.from("Password:") };
    },
    provide: noQuestion,
  };
}

/** An empty or overlong name or password is a login that failed, not a slip of the protocol: it counts. */
function passwordStep(login: string, password: string): SaslStep {
  if (!usableLogin(login) || !usablePassword(password) || password.includes("\0"))
    return { kind: "rejected" };
  return { kind: "verify-password", login, password };
}

function noQuestion(): SaslStep {
  return malformed("credentials were given that nobody asked for");
}
