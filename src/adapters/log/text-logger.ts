import { styleText } from "node:util";
import type { Clock } from "../../core/instant.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { FlushableLogger } from "./json-logger.ts";

type Level = "info" | "warn" | "error";
const STYLES = { info: "green", warn: "yellow", error: "red" } as const;

/** The log for a person who has started the server in a terminal: time, event and fields in one short line. */
export function textLogger(write: (line: string) => void, clock: Clock, colours: boolean): FlushableLogger {
  const at = (level: Level) => (event: string, fields?: LogFields) => {
    const time = new Date(clock()).toISOString().slice(11, 19);
    const name = colours ? styleText(STYLES[level], event, { validateStream: false }) : event;
    write(`${time} ${level === "info" ? "" : `${level} `}${name}${formatFields(fields ?? {})}\n`);
  };
  return { info: at("info"), warn: at("warn"), error: at("error"), flush: () => {} };
}

/** ` key=value …`; values with blanks or control characters are quoted, so that a line is one event. */
function formatFields(fields: LogFields): string {
  let text = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const plain = Array.isArray(value) ? value.join(",") : String(value);
    text += ` ${key}=${/^[\x21\x23-\x7e]+$/.test(plain) ? plain : JSON.stringify(plain)}`;
  }
  return text;
}
