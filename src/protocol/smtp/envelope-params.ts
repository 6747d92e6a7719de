import { err, ok, type Result } from "../../core/result.ts";
import { decodeXtext } from "./xtext.ts";

/** What MAIL FROM said beside the path. */
export interface MailParams {
  /** RFC 1870: the declared size in octets; absent where none was declared. */
  readonly size?: number;
  /** RFC 6152. */
  readonly body?: "7BIT" | "8BITMIME";
  /** RFC 6531 3.4. */
  readonly smtpUtf8: boolean;
  /** RFC 3461 4.3: what of the message a report returns. */
  readonly ret?: "FULL" | "HDRS";
  /** RFC 3461 4.4, decoded; printable ASCII. */
  readonly envid?: string;
  /** RFC 4954 5, decoded: who the client says submitted the message, or `<>`. A claim, not checked for being a mailbox. */
  readonly auth?: string;
}

/** When a sender wants to hear of a recipient (RFC 3461 4.1); `NEVER` stands alone. */
export type NotifyWord = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** What RCPT TO said beside the path. */
export interface RcptParams {
  /** Each word once; absent where the client did not say. */
  readonly notify?: readonly NotifyWord[];
  /** RFC 3461 4.2: `rfc822;alice@example.test`, decoded, without control characters. */
  readonly orcpt?: string;
}

/** What was wrong with a parameter: not offered here (555), or wrongly written (501). */
export interface ParamFault {
  readonly fault: "parameter-unknown" | "parameter-syntax";
  readonly detail: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

// RFC 5321 4.1.1.1 esmtp-param; values beyond ASCII by RFC 6533 3.
const PARAM = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u00a0-\u{10ffff}]+))?$/u;
const MAX_ENVID_CHARACTERS = 100;
const MAX_ORCPT_CHARACTERS = 500;

/** Reads the parameters of MAIL FROM, given without the blank before the first. Each may stand once. */
export function parseMailParams(text: string): Result<MailParams, ParamFault> {
  const params: Writable<MailParams> = { smtpUtf8: false };
  const fault = eachParam(text, (keyword, value) => setMailParam(params, keyword, value));
  return fault ? err(fault) : ok(params);
}

/** Reads the parameters of RCPT TO, given without the blank before the first. Each may stand once. */
export function parseRcptParams(text: string): Result<RcptParams, ParamFault> {
  const params: Writable<RcptParams> = {};
  const fault = eachParam(text, (keyword, value) => setRcptParam(params, keyword, value));
  return fault ? err(fault) : ok(params);
}

type SetParam = (keyword: string, value: string | undefined) => ParamFault | undefined;

function eachParam(text: string, set: SetParam): ParamFault | undefined {
  if (text === "") return undefined;
  const seen = new Set<string>();
  for (const part of text.split(" ")) {
    const found = PARAM.exec(part);
    const keyword = found?.[1]?.toUpperCase();
    if (keyword === undefined) return syntax("parameters are KEYWORD=value with one blank between them");
    if (seen.has(keyword)) return syntax(`${keyword.slice(0, 20)} is given twice`);
    seen.add(keyword);
    const fault = set(keyword, found?.[2]);
    if (fault) return fault;
  }
  return undefined;
}

function setMailParam(params: Writable<MailParams>, keyword: string, value = ""): ParamFault | undefined {
  switch (keyword) {
    case "SIZE":
      // RFC 1870 6: size-value ::= 1*20DIGIT. What a number cannot hold exactly is far over any limit.
      if (!/^\d{1,20}$/.test(value)) return syntax("SIZE needs a number of octets");
      params.size = Math.min(Number(value), Number.MAX_SAFE_INTEGER);
      return undefined;
    case "BODY":
      return setBody(params, value.toUpperCase());
    case "SMTPUTF8":
      if (value !== "") return syntax("SMTPUTF8 takes no value");
      params.smtpUtf8 = true;
      return undefined;
    case "RET":
      return setRet(params, value.toUpperCase());
    case "ENVID":
      return setEnvid(params, value);
    case "AUTH":
      return setAuth(params, value);
    default:
      return unknownParam(keyword);
  }
}

function setRcptParam(params: Writable<RcptParams>, keyword: string, value = ""): ParamFault | undefined {
  switch (keyword) {
    case "NOTIFY":
      return setNotify(params, value.toUpperCase());
    case "ORCPT":
      return setOrcpt(params, value);
    default:
      return unknownParam(keyword);
  }
}

function setBody(params: Writable<MailParams>, value: string): ParamFault | undefined {
  if (value === "") return syntax("BODY needs 7BIT or 8BITMIME");
  // RFC 3030 3: BINARYMIME may be used only where it is offered.
  if (value !== "7BIT" && value !== "8BITMIME") return unknownParam("that BODY");
  params.body = value;
  return undefined;
}

function setRet(params: Writable<MailParams>, value: string): ParamFault | undefined {
  if (value !== "FULL" && value !== "HDRS") return syntax("RET needs FULL or HDRS");
  params.ret = value;
  return undefined;
}

function setEnvid(params: Writable<MailParams>, value: string): ParamFault | undefined {
  const envid = value.length <= MAX_ENVID_CHARACTERS ? decodeXtext(value) : undefined;
  // RFC 3461 4.4: decoded, it is printable ASCII. It is repeated in reports, where a line end would forge a field.
  if (envid === undefined || !/^[ -~]+$/.test(envid)) {
    return syntax(`ENVID needs xtext of at most ${MAX_ENVID_CHARACTERS} characters`);
  }
  params.envid = envid;
  return undefined;
}

function setAuth(params: Writable<MailParams>, value: string): ParamFault | undefined {
  const auth = decodeXtext(value);
  if (auth === undefined || !isPrintable(auth)) return syntax("AUTH needs a mailbox in xtext, or <>");
  params.auth = auth;
  return undefined;
}

function setNotify(params: Writable<RcptParams>, value: string): ParamFault | undefined {
  const words = value.split(",");
  if (!words.every(isNotifyWord) || (words.length > 1 && words.includes("NEVER"))) {
    return syntax("NOTIFY needs NEVER, or a list of SUCCESS, FAILURE and DELAY");
  }
  params.notify = [...new Set(words)];
  return undefined;
}

function setOrcpt(params: Writable<RcptParams>, value: string): ParamFault | undefined {
  const found = value.length <= MAX_ORCPT_CHARACTERS ? /^([A-Za-z0-9-]+);(.+)$/.exec(value) : undefined;
  const [, type = "", written = ""] = found ?? [];
  // RFC 6533 3: an address of type utf-8 may stand as it is in a command that may go beyond ASCII.
  const raw = /^utf-8$/i.test(type) && /[^\0-\x7f]/.test(written) && !written.includes("+");
  const address = raw ? written : decodeXtext(written);
  if (address === undefined || !isPrintable(address)) {
    return syntax(`ORCPT needs type;xtext, at most ${MAX_ORCPT_CHARACTERS} characters`);
  }
  params.orcpt = `${type};${address}`;
  return undefined;
}

function isNotifyWord(word: string): word is NotifyWord {
  return word === "NEVER" || word === "SUCCESS" || word === "FAILURE" || word === "DELAY";
}

/** Not empty, and without control characters, which could forge a line of a report. */
function isPrintable(text: string): boolean {
  return /^[^\p{Cc}\u2028\u2029]+$/u.test(text);
}

function syntax(detail: string): ParamFault {
  return { fault: "parameter-syntax", detail };
}

function unknownParam(what: string): ParamFault {
  return { fault: "parameter-unknown", detail: `${what.slice(0, 20)} is not offered here` };
}
