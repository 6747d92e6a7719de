import { plainReply, type Reply, reply } from "./reply.ts";

/**
 * Every reply text of the SMTP server, in one place. Texts are for people and say what to do where there is something to do;
 * they hold no names of rules, no addresses of others and nothing of the configuration (SPEC R-2).
 */
export const replies = {
  greeting: (hostname: string) => plainReply(220, `${hostname} ESMTP Postern ready`),
  tooManyConnections: reply(421, "4.7.0", "Too many connections; try again later"),
  shuttingDown: (hostname: string) =>
    reply(421, "4.3.2", `${hostname} is going down for maintenance; try again later`),
  idleTooLong: reply(421, "4.4.2", "Nothing heard for too long; closing"),
  sessionTooLong: reply(421, "4.4.2", "This session has lasted too long; closing"),
  tooManyErrors: reply(421, "4.7.0", "Too many errors; closing"),
  tooManyCommands: reply(421, "4.7.0", "Too many commands in one session; closing"),
  proxyHeaderInvalid: reply(421, "4.3.5", "The proxy in front of this server sent no valid PROXY header"),
  bye: (hostname: string) => reply(221, "2.0.0", `${hostname} closing`),

  helo: (hostname: string) => plainReply(250, hostname),
  ehlo: (hostname: string, keywords: readonly string[]) => plainReply(250, hostname, ...keywords),
  ok: reply(250, "2.0.0", "OK"),
  reset: reply(250, "2.0.0", "Transaction forgotten"),
  senderOk: reply(250, "2.1.0", "Sender OK"),
  recipientOk: reply(250, "2.1.5", "Recipient OK"),
  startData: plainReply(354, "Send the message; end it with a line that holds only a dot"),
  chunkOk: (bytes: number) => reply(250, "2.0.0", `${bytes} octets taken`),
  queued: (id: string) => reply(250, "2.0.0", `Message ${id} is on disk and on its way`),
  cannotVerify: reply(252, "2.1.5", "Addresses are not verified; send the message and see"),
  help: reply(214, "2.0.0", "EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS AUTH VRFY HELP"),

  unknownCommand: reply(500, "5.5.2", "Command not recognised"),
  notImplemented: reply(502, "5.5.1", "Command not offered here"),
  lineTooLong: reply(500, "5.5.2", "Line too long"),
  bareNewline: reply(500, "5.5.2", "Lines end with CR LF; a bare CR or LF is refused"),
  syntax: (detail: string) => reply(501, "5.5.4", detail),
  addressSyntax: (detail: string) => reply(501, "5.1.3", detail),
  parameterUnknown: (detail: string) => reply(555, "5.5.4", detail),
  badSequence: (expected: string) => reply(503, "5.5.1", expected),
  nonAsciiAddress: reply(553, "5.6.7", "A non-ASCII address needs SMTPUTF8 on MAIL"),

  tooManyRecipients: reply(452, "4.5.3", "Too many recipients; send the rest in another transaction"),
  noValidRecipients: reply(554, "5.5.1", "No valid recipients"),
  tooLarge: (maxBytes: number) =>
    reply(552, "5.3.4", `Message larger than the ${maxBytes} octets taken here`),
  dataBareNewline: reply(550, "5.5.2", "The message holds a bare CR or LF; lines end with CR LF"),
  routingLoop: reply(554, "5.4.6", "Too many Received fields; the message is going round in circles"),
  // RFC 3463 3.4, X.3.1: mail system full.
  noRoom: reply(452, "4.3.1", "There is no room for mail now; try again later"),
  cannotTakeMail: reply(451, "4.3.0", "No mail can be kept now; try again later"),
  storeUnavailable: reply(451, "4.3.0", "The message could not be kept now; try again later"),
  transactionAborted: reply(451, "4.3.0", "This transaction has failed; start again with MAIL"),
  temporaryFailure: reply(451, "4.3.0", "Something failed here; try again later"),

  tlsReady: reply(220, "2.0.0", "Ready to start TLS"),
  tlsActive: reply(503, "5.5.1", "TLS is active already"),

  authOk: reply(235, "2.7.0", "Logged in"),
  authChallenge: (base64: string) => plainReply(334, base64),
  authFailed: reply(535, "5.7.8", "User name or password not right"),
  authAborted: reply(501, "5.7.0", "Login given up"),
  authMalformed: reply(501, "5.5.2", "The answer was not valid for this mechanism"),
  authUnavailable: reply(454, "4.7.0", "Logins cannot be checked now; try again later"),
  // RFC 4954 6: a temporary failure, so that no program asks its person for another password. It says nothing about this one.
  authBlocked: reply(454, "4.7.0", "Too many failed logins; try again later"),
  authNotOffered: reply(503, "5.5.1", "AUTH is not offered on this listener"),
  authMechanismUnknown: reply(504, "5.5.4", "This mechanism is not offered; choose one that EHLO lists"),
  authNeedsTls: reply(538, "5.7.11", "Start TLS first; passwords do not go over a clear connection"),
  authAlready: reply(503, "5.5.1", "Logged in already"),
  authDuringMail: reply(503, "5.5.1", "AUTH is not possible within a transaction"),
  authRequired: reply(530, "5.7.0", "Log in first"),

  relayLoginWouldHelp: reply(530, "5.7.0", "Log in to send to other servers"),
  relayDenied: reply(550, "5.7.1", "This server does not pass on mail to other servers for you"),
  relayOff: reply(550, "5.7.1", "This server does not pass on mail to other servers"),
  failedLogin: reply(530, "5.7.0", "The login in this session failed; log in to send to other servers"),
  failedLoginNoHelp: reply(
    550,
    "5.7.1",
    "The login in this session failed; nothing is passed on to other servers",
  ),
  unknownRecipient: reply(550, "5.1.1", "No such mailbox here"),
  addressForm: reply(553, "5.1.3", "Routes within an address are not followed; use the plain address"),
  senderNotYours: reply(550, "5.7.1", "The account may not send with this sender address"),
  suspended: reply(550, "5.7.1", "Sending is suspended for this account; ask the postmaster"),
  // RFC 5321 4.2.3: 450, blocked for a policy reason and not for good; who has a queue sends it when there is room again.
  limit: (text: string) => reply(450, "4.7.1", text),
  lookupFailed: reply(451, "4.3.0", "This cannot be decided now; try again later"),
} as const;

/** Ends the text in the decision's id, by which the administrator finds why (SPEC R-2). */
export function withDecisionId(answer: Reply, id: string): Reply {
  const last = answer.lines.length - 1;
  return { ...answer, lines: answer.lines.map((line, i) => (i === last ? `${line} [${id}]` : line)) };
}
