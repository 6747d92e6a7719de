import { Type } from "typebox";
import { ok } from "../core/result.ts";
import { IpText } from "./input-types.ts";
import { readIp } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** SMTP paths are told apart by the server's own grammar, so here they are only bounded. */
const PathText = Type.String({ maxLength: 1000 });

/** What the server would answer, and why, to a transaction that is only thought of. */
export const relayExplain = defineUseCase({
  name: "relay.explain",
  summary: "Say what the server would answer to a client, and why",
  input: Type.Object({
    ip: IpText,
    listener: Type.String({ minLength: 1, maxLength: 32 }),
    tls: Type.Optional(Type.Boolean()),
    login: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    from: PathText,
    to: PathText,
  }),
  changes: false,
  async run(context, input) {
    const client = readIp("ip", input.ip);
    if (!client.ok) return client;
    const explanation = await context.explain({
      client: client.value,
      listener: input.listener,
      tls: input.tls ?? false,
      ...(input.login === undefined ? {} : { login: input.login }),
      sender: withoutBrackets(input.from),
      recipient: withoutBrackets(input.to),
    });
    return explanation.ok ? ok(explanation.value) : refuse("refused", explanation.error);
  },
});

function withoutBrackets(path: string): string {
  const trimmed = path.trim();
  return trimmed.startsWith("<") && trimmed.endsWith(">") ? trimmed.slice(1, -1) : trimmed;
}
