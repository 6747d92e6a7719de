/** The response codes that may stand in a POP3 reply (RFC 2449 8, RFC 3206). */
export type PopResponseCode = "AUTH" | "IN-USE" | "SYS/TEMP" | "SYS/PERM";

/** A POP3 reply as a value: one status line. What follows a good one (a list, a message) is not part of it. */
export interface PopReply {
  readonly status: "+OK" | "-ERR" | "+";
  /** Only with `-ERR`: tells a program whose fault it is, and so whether to ask the person for another password. */
  readonly code?: PopResponseCode;
  /** For people, never parsed (but the numbers of STAT, LIST and UIDL); without CR or LF, ASCII. */
  readonly text: string;
}

function good(text: string): PopReply {
  return { status: "+OK", text };
}

function bad(text: string, code?: PopResponseCode): PopReply {
  return { status: "-ERR", text, ...(code ? { code } : {}) };
}

/** Every reply text of the POP3 server, in one place. */
export const popReplies = {
  greeting: (hostname: string) => good(`${hostname} POP3 Postern ready`),
  tooManyConnections: bad("Too many connections; try again later", "SYS/TEMP"),
  proxyHeaderInvalid: bad("The proxy in front of this server sent no valid PROXY header", "SYS/PERM"),
  tooManyErrors: bad("Too many errors; closing"),
  shuttingDown: bad("Going down for maintenance; try again later", "SYS/TEMP"),
  failure: bad("Something failed here; try again later", "SYS/TEMP"),
  bye: good("Bye"),
  byeRemoved: (removed: number) => good(`Bye; ${messages(removed)} deleted`),
  byeNotRemoved: (left: number) => bad(`${messages(left)} could not be deleted`, "SYS/TEMP"),

  ok: good("OK"),
  capabilities: good("Capabilities follow"),
  unknownCommand: bad("Command not recognised"),
  syntax: (detail: string) => bad(detail),
  lineTooLong: bad("Line too long"),
  bareNewline: bad("Lines end with CR LF; a bare CR or LF is refused"),
  loginFirst: bad("Log in first"),
  loggedIn: bad("Logged in already"),

  tlsReady: good("Begin TLS now"),
  tlsActive: bad("TLS is active already"),
  tlsNotOffered: bad("TLS is not offered here"),
  needsTls: bad("Start TLS first (STLS); passwords do not go over a clear connection"),

  sendPassword: good("Send PASS"),
  userFirst: bad("Say USER first"),
  mechanisms: good("Mechanisms follow"),
  challenge: (base64: string): PopReply => ({ status: "+", text: base64 }),
  loginFailed: bad("User name or password not right", "AUTH"),
  loginUnavailable: bad("Logins cannot be checked now; try again later", "SYS/TEMP"),
  // RFC 3206 4: not [AUTH], since nothing is said about this password.
  loginBlocked: bad("Too many failed logins; try again later", "SYS/TEMP"),
  noMailbox: bad("This account has no mailbox here", "SYS/PERM"),
  mechanismUnknown: bad("This mechanism is not offered; choose one that CAPA lists"),
  exchangeMalformed: bad("The answer was not valid for this mechanism"),
  exchangeAborted: bad("Login given up"),
  inUse: bad("Another session has this mailbox open; try again when it has ended", "IN-USE"),
  mailboxUnavailable: bad("The mailbox cannot be opened now; try again later", "SYS/TEMP"),
  opened: (count: number, octets: number) => good(`${messages(count)}, ${octets} octets`),

  stat: (count: number, octets: number) => good(`${count} ${octets}`),
  entry: (message: number, value: number | string) => good(`${message} ${value}`),
  listing: (count: number) => good(`${messages(count)} listed`),
  noSuchMessage: bad("No such message"),
  messageGone: bad("This message has been taken away by another program"),
  messageUnreadable: bad("This message cannot be read now; try again later", "SYS/TEMP"),
  message: (octets: number) => good(`${octets} octets`),
  messageTop: good("Top of message follows"),
  marked: (message: number) => good(`Message ${message} marked for deletion`),
} as const;

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}
