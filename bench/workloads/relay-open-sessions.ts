import { measureRelay } from "../measure-relay.ts";
import type { Workload } from "../workload.ts";

/** The sessions stay open and send one message after the other. */
export const relayOpenSessions: Workload = {
  name: "relay-open-sessions",
  says: "relay to a smart host, many messages in each session",
  run: (peer, load) => measureRelay(peer, load, ["-d"]),
};
