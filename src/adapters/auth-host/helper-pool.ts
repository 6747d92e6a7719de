import { fork } from "node:child_process";
import type { HostAccounts, HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";
import type { Timers } from "../../ports/timers.ts";
import { readAnswer } from "./helper-messages.ts";

/** A process that answers one question at a time. */
export interface Helper {
  /** Rejects when the process ends without an answer. */
  ask(question: HostQuestion): Promise<HostAnswer>;
  kill(): void;
}

/** How many helpers there may be, and for how long one may think. */
export interface HelperPoolOptions {
  readonly start: () => Helper;
  readonly timers: Timers;
  readonly maxHelpers: number;
  /** How many questions may wait for a helper; more are not answered. */
  readonly maxWaiting: number;
  /** From the question to the answer, waiting included. */
  readonly deadlineMs: number;
}

/**
 * Asks through a few processes, because the system's own functions block the thread that calls them for as long as a
 * directory server or a smart card takes. A helper that is late is killed, and the next question starts another.
 */
export function helperPool(options: HelperPoolOptions): HostAccounts {
  const { start, timers, maxHelpers, maxWaiting, deadlineMs } = options;
  const idle: Helper[] = [];
  const busy = new Set<Helper>();
  const waiting: Job[] = [];
  let closed = false;

  function startWaiting(): void {
    while (waiting.length > 0 && busy.size < maxHelpers) {
      const job = waiting.shift();
      if (job) run(job);
    }
  }

  function run(job: Job): void {
    const helper = idle.pop() ?? start();
    busy.add(helper);
    job.helper = helper;
    helper.ask(job.question).then(
      (answer) => {
        if (busy.delete(helper)) idle.push(helper);
        job.finish(answer);
        startWaiting();
      },
      (error: unknown) => {
        busy.delete(helper);
        job.finish(unavailable(error instanceof Error ? error.message : String(error)));
        startWaiting();
      },
    );
  }

  function expire(job: Job): void {
    const place = waiting.indexOf(job);
    if (place >= 0) waiting.splice(place, 1);
    if (job.helper && busy.delete(job.helper)) job.helper.kill();
    job.finish(unavailable(`no answer within ${deadlineMs} ms`));
    startWaiting();
  }

  return {
    check(question) {
      if (closed || waiting.length >= maxWaiting)
        return Promise.resolve(unavailable("too many logins at once"));
      return new Promise((resolve) => {
        const job: Job = { question, helper: undefined, finish: resolve };
        const cancel = timers.set(deadlineMs, () => expire(job));
        job.finish = (answer) => {
          cancel();
          resolve(answer);
        };
        waiting.push(job);
        startWaiting();
      });
    },
    close() {
      closed = true;
      for (const job of waiting.splice(0)) job.finish(unavailable("the server is stopping"));
      for (const helper of [...idle.splice(0), ...busy]) helper.kill();
    },
  };
}

interface Job {
  readonly question: HostQuestion;
  helper: Helper | undefined;
  finish: (answer: HostAnswer) => void;
}

function unavailable(detail: string): HostAnswer {
  return { kind: "unavailable", detail };
}

/** Starts a helper's program. The password goes over the channel only, never into arguments or environment. */
export function forkHelper(program: URL, args: readonly string[]): Helper {
  const child = fork(program, args, { stdio: ["ignore", "ignore", "ignore", "ipc"], env: {} });
  let settle: PromiseWithResolvers<HostAnswer> | undefined;
  const fail = (why: string): void => {
    settle?.reject(new Error(why));
    settle = undefined;
  };
  let ended: string | undefined;
  const end = (why: string): void => {
    ended ??= why;
    fail(ended);
  };
  child.on("message", (message) => {
    const answer = readAnswer(message);
    if (answer) settle?.resolve(answer);
    else fail("the helper sent no answer");
    settle = undefined;
  });
  child.on("error", (error) => end(error.message));
  child.on("exit", (code, signal) => end(`the helper ended with ${signal ?? code}`));
  return {
    ask(question) {
      if (ended !== undefined) return Promise.reject(new Error(ended));
      settle = Promise.withResolvers<HostAnswer>();
      const { promise } = settle;
      child.send(question, (error) => {
        if (error) end(error.message);
      });
      return promise;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
