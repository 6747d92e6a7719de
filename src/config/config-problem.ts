/** One thing that is wrong with a configuration file, told so that a person can put it right. */
export interface ConfigProblem {
  /** The file as the person named it. */
  readonly file: string;
  /** Counted from 1; absent where the problem is something that is missing from the whole file. */
  readonly line?: number;
  /** The path of the key: `listeners[1].port`; absent for a syntax error. */
  readonly key?: string;
  /** What is wrong, as the rest of a sentence that begins with the key. */
  readonly wrong: string;
  /** What to do about it. */
  readonly todo: string;
}

/** Writes a problem in one line: `postern.toml:7: listeners[1].port is 70000, …; write a number from 0 to 65535`. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  const subject = problem.key === undefined ? "" : `${problem.key} `;
  const link = problem.wrong.endsWith("?") ? "" : ";";
  return `${place}: ${subject}${problem.wrong}${link} ${problem.todo}`;
}
