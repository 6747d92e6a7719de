import type { MailPlan } from "../measure-mail.ts";

/** Counts the messages that the next hop has taken. */
export const takenByNextHop: NonNullable<MailPlan["arrived"]> = async (_running, nextHop) => {
  if (!nextHop.received) throw new Error("This next hop takes no mail.");
  return nextHop.received();
};
