import type { ClientExchange, ClientLogin, ClientStep } from "./client-exchange.ts";
import { scramClient } from "./scram-client.ts";

/** The mechanisms that the client speaks to a smart host. */
export type ClientMechanism = "PLAIN" | "LOGIN" | "SCRAM-SHA-256";

/** Begins an exchange with a server. */
export function clientExchange(mechanism: ClientMechanism, login: ClientLogin): ClientExchange {
  switch (mechanism) {
    case "PLAIN":
      return plainClient(login);
    case "LOGIN":
      return loginClient(login);
    case "SCRAM-SHA-256":
      return scramClient(login);
  }
}

/** RFC 4616, without an identity to act as. */
function plainClient({ user, password }: ClientLogin): ClientExchange {
  const message = Buffer.from(`\0${user}\0${password}`);
  // A NUL in name or password would be read as another name and another password.
  const sound = !`${user}${password}`.includes("\0");
  let sent = false;
  return {
    initial() {
      sent = sound;
      return sound ? message : undefined;
    },
    step(challenge) {
      if (!sound) return failed("the user name or password for this server holds a NUL character");
      if (challenge.length > 0) return failed("a challenge that PLAIN does not have");
      // RFC 4954 4: a server may ask with an empty challenge although the response came with the command.
      sent = true;
      return { kind: "send", data: message };
    },
    finished: () => sent,
  };
}

/** LOGIN: the first challenge asks for the name, the second for the password, whatever their words are. */
function loginClient({ user, password }: ClientLogin): ClientExchange {
  let answered = 0;
  return {
    initial: () => undefined,
    step() {
      const answer = [user, password][answered];
      if (answer === undefined) return failed("a third challenge, which LOGIN does not have");
      answered += 1;
      return { kind: "send", data: Buffer.from(answer) };
    },
    finished: () => answered === 2,
  };
}

function failed(detail: string): ClientStep {
  return { kind: "failed", detail };
}
