import { dataPaths } from "../src/adapters/data-folder/data-paths.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../src/core/ids.ts";
import { type Instant, instant, plusMs } from "../src/core/instant.ts";
import { openStores } from "../src/main/stores.ts";
import type { AcceptedMessage } from "../src/ports/queue-store.ts";
import { FAR_RECIPIENT } from "./peer.ts";

/** So many at a time: two commits of the store's. */
const AT_A_TIME = 2000;
const LIFETIME_MS = 5 * 86_400_000;

/** Puts messages for elsewhere into the queue of a data folder that nobody has open, as the server itself would keep them. */
export async function fillQueue(dataFolder: string, messages: number, sizeBytes: number): Promise<void> {
  if (messages === 0) return;
  const acceptedAt = instant(Date.now());
  const stores = await openStores(dataPaths(dataFolder), () => acceptedAt);
  try {
    const nextId = idSource<"Any">(() => acceptedAt);
    for (let done = 0; done < messages; done += AT_A_TIME) {
      const count = Math.min(AT_A_TIME, messages - done);
      const accepts = Array.from({ length: count }, () =>
        stores.queue.accept(queuedMessage(nextId, acceptedAt, sizeBytes)),
      );
      await Promise.all(accepts);
    }
  } finally {
    await stores.close();
  }
}

function queuedMessage(nextId: () => number, acceptedAt: Instant, sizeBytes: number): AcceptedMessage {
  const id = nextId() as MessageId;
  const decision = nextId() as DecisionId;
  const row = nextId() as QueueId;
  return {
    envelope: {
      id,
      acceptedAt,
      expiresAt: plusMs(acceptedAt, LIFETIME_MS),
      sender: "load@example.test",
      size: sizeBytes,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "127.0.0.1", listener: "mx" },
    },
    body: { kind: "inline", bytes: Buffer.alloc(sizeBytes, "X") },
    rows: [
      {
        id: row,
        lane: "outbound",
        recipient: FAR_RECIPIENT,
        target: FAR_RECIPIENT,
        destination: "far.test",
        decision,
      },
    ],
    decisions: [
      {
        id: decision,
        at: acceptedAt,
        message: id,
        client: "127.0.0.1",
        listener: "mx",
        tls: false,
        helo: "client.example.test",
        sender: "load@example.test",
        recipient: FAR_RECIPIENT,
        verdict: "relay",
        reason: "granted-privileged-ip",
        grounds: ["privileged-ip"],
        identity: "privileged:1",
        policy: 1,
        reply: "250 2.1.5 Recipient OK",
      },
    ],
  };
}
