// Makes relay decisions for clients in and out of a list of privileged addresses, and prints how many a second.
import { decide } from "../../src/relay/decide.ts";
import { entry, ip, policy, strangerFacts } from "../../test/support/relay-facts.ts";

const WARM_UP = 200_000;
const MEASURED_MS = 2000;
const BETWEEN_LOOKS = 10_000;
const CLIENTS = 1024;

const entries = Number(process.argv[2]);
const addressOf = (number: number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
const compiled = policy(
  { privileged: { enabled: true } },
  Array.from({ length: entries }, (_, index) => entry(addressOf(index * 2), { id: index + 1 })),
);
// Every other client is privileged, whatever the length of the list.
const facts = Array.from({ length: CLIENTS }, (_, index) =>
  strangerFacts({ client: ip(addressOf(((index * 7919) % entries) * 2 + (index % 2))) }),
);

let relayed = 0;
let asked = 0;
for (; asked < WARM_UP; asked += 1) ask();
relayed = 0;
asked = 0;
const started = performance.now();
let spentMs = 0;
while (spentMs < MEASURED_MS) {
  for (let count = 0; count < BETWEEN_LOOKS; count += 1, asked += 1) ask();
  spentMs = performance.now() - started;
}
process.stdout.write(
  `${JSON.stringify({ perSecond: (asked / spentMs) * 1000, relayed: relayed / asked })}\n`,
);

function ask(): void {
  const fact = facts[asked % CLIENTS];
  if (fact && decide(compiled, fact).verdict === "relay") relayed += 1;
}
