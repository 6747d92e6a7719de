import { popWorkload } from "./pop-workload.ts";

/** Programs that look for mail every few minutes, which is most of what a POP3 server does. The mailbox has a lock: one at a time. */
export const popLogins = popWorkload(
  {
    name: "pop-logins",
    says: "POP3: log in to a mailbox of 1,000 messages, ask how many there are, and leave",
    charted: ["loginsPerSecond", "cpuMsPerLogin"],
  },
  ({ messages }) => ({ visits: messages, sessions: 1, messages: 0 }),
  ({ visits }, seconds, cpuMs) => ({ loginsPerSecond: visits / seconds, cpuMsPerLogin: cpuMs / visits }),
);
