import { type MailPlan, measureMail } from "../measure-mail.ts";
import type { MetricName } from "../metrics.ts";
import type { Work } from "../peer.ts";
import type { Workload } from "../workload.ts";

/** A workload in which every server that can do the work gets the same mail. */
export function mailWorkload(
  about: { readonly name: string; readonly says: string; readonly work: Work },
  plan: MailPlan,
): Workload {
  const { name, says, work } = about;
  const rate: MetricName = plan.arrived ? "deliveredPerSecond" : "acceptedPerSecond";
  return {
    name,
    says,
    charted: [rate, "cpuMsPerMessage"],
    cases: (peers) =>
      peers
        .filter(({ works }) => works.includes(work))
        .map((peer) => ({ name: peer.name, run: (load) => measureMail(peer, load, plan) })),
  };
}
