import { MAILBOX_MESSAGES, popWorkload } from "./pop-workload.ts";

/** One visit after the other, each of which takes all the mail and leaves it there. */
export const popRetrieve = popWorkload(
  {
    name: "pop-retrieve",
    says: "POP3: log in, list, and retrieve 1,000 messages, command by command",
    charted: ["retrievedPerSecond", "cpuMsPerMessage"],
  },
  ({ messages }) => ({
    visits: Math.max(1, Math.round(messages / MAILBOX_MESSAGES)),
    sessions: 1,
    messages: MAILBOX_MESSAGES,
  }),
  ({ visits, messages }, seconds, cpuMs) => ({
    retrievedPerSecond: (visits * messages) / seconds,
    cpuMsPerMessage: cpuMs / (visits * messages),
  }),
);
