import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, isAbsolute } from "node:path";

const PARENT_LOOK_MS = 200;

/**
 * Runs a program under a Node, whose folder comes first on its PATH. Signals are passed on, and under npm the program is
 * ended when npm is.
 * @param {string} node path of the Node to use
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<number>} the exit code, 128 and the number where a signal ended it
 */
export function runWith(node, args, cwd) {
  const folder = isAbsolute(node) ? dirname(node) + delimiter : "";
  const env = {
    // As in bin/postern: the threads that sync files and hash passwords.
    UV_THREADPOOL_SIZE: "16",
    ...process.env,
    PATH: folder + (process.env["PATH"] ?? ""),
  };
  const child = spawn(node, args, { cwd, env, stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to all its programs itself; a second one would mean "at once".
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  // npm hands a signal to the shell between it and us, which dies of it without telling us.
  if (process.env["npm_lifecycle_event"]) whenOrphaned(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/** @param {() => void} act called once, when the process that started this one has ended */
function whenOrphaned(act) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_LOOK_MS);
  watch.unref();
}
