import { fillQueue } from "../fill-queue.ts";
import { measureMail } from "../measure-mail.ts";
import { silentHop } from "../next-hop.ts";
import { FAR_RECIPIENT } from "../peer.ts";
import { postern, startPostern } from "../peers/postern.ts";
import type { Load, Workload } from "../workload.ts";

/** Whether a server that has a great many messages in its queue takes new ones as fast as an empty one. */
export const deepQueue: Workload = {
  name: "deep-queue",
  says: "accept and keep in open sessions, with a deep queue and with an empty one",
  charted: ["acceptedPerSecond", "cpuMsPerMessage"],
  cases: (peers) =>
    peers.includes(postern)
      ? [
          { name: "postern, deep queue", run: (load) => measure(load, load.queued) },
          { name: "postern, empty queue", run: (load) => measure(load, 0) },
        ]
      : [],
};

async function measure(load: Load, queued: number) {
  let readyMs = 0;
  const measured = await measureMail(
    {
      async start(setup) {
        let filled = 0;
        const running = await startPostern(setup, async (dataFolder) => {
          await fillQueue(dataFolder, queued, load.sizeBytes);
          filled = performance.now();
        });
        readyMs = performance.now() - filled;
        return running;
      },
    },
    load,
    { recipient: FAR_RECIPIENT, newConnections: false, nextHop: silentHop },
  );
  return { ...measured, figures: { ...measured.figures, readyMs } };
}
