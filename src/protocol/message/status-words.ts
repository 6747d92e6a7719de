/** An enhanced status code in words for the person who wrote the message. */
export interface StatusWords {
  /** A sentence: what is the matter. */
  readonly why: string;
  /** A sentence: what the person can do. */
  readonly advice: string;
}

const CHECK_ADDRESS =
  "Check the address for a typing mistake, or ask the recipient for the right one in another way.";
const TELL_RECIPIENT =
  "Tell the recipient in another way, and send the message again when that is put right.";
const ASK_POSTMASTER =
  "Show this report to your administrator, or to the postmaster of the recipient's domain.";
const MAKE_SMALLER = "Make the message smaller, for example by sending a link instead of an attachment.";
const SEND_AGAIN = "Send the message again later; if that fails too, reach the recipient in another way.";

// RFC 3463 3 and the IANA registry of enhanced status codes, by subject and detail without the class.
const WORDS: Readonly<Record<string, StatusWords>> = {
  "1.1": { why: "There is no mailbox of that name at the receiving server.", advice: CHECK_ADDRESS },
  "1.2": { why: "The domain of the address does not exist.", advice: CHECK_ADDRESS },
  "1.3": { why: "The receiving server does not understand the address.", advice: CHECK_ADDRESS },
  "1.6": { why: "The mailbox has moved, and where to is not known.", advice: CHECK_ADDRESS },
  "1.8": {
    why: "The receiving server does not accept your own address as a sender.",
    advice: ASK_POSTMASTER,
  },
  "1.10": { why: "The domain of the address receives no mail.", advice: CHECK_ADDRESS },
  "2.0": { why: "The mailbox cannot take the message.", advice: TELL_RECIPIENT },
  "2.1": { why: "The mailbox is switched off.", advice: TELL_RECIPIENT },
  "2.2": { why: "The mailbox is full.", advice: TELL_RECIPIENT },
  "2.3": { why: "The message is larger than the mailbox may take.", advice: MAKE_SMALLER },
  "3.1": { why: "The receiving server has no space left.", advice: SEND_AGAIN },
  "3.4": { why: "The message is larger than the receiving server takes.", advice: MAKE_SMALLER },
  "4.1": { why: "The receiving server did not answer.", advice: SEND_AGAIN },
  "4.2": { why: "The connection to the receiving server broke off.", advice: SEND_AGAIN },
  "4.3": { why: "The receiving server of the domain could not be looked up.", advice: SEND_AGAIN },
  "4.4": { why: "There is no way to the receiving server.", advice: CHECK_ADDRESS },
  "4.6": { why: "The message goes round in a circle between mail servers.", advice: ASK_POSTMASTER },
  "4.7": {
    why: "The message was tried for as long as is allowed, without success.",
    advice: "Send the message again, or reach the recipient in another way.",
  },
  "6.1": { why: "The receiving server does not take messages of this kind.", advice: ASK_POSTMASTER },
  "6.3": {
    why: "The message would have to be converted for the receiving server, which is not possible.",
    advice: ASK_POSTMASTER,
  },
  "6.7": {
    why: "The receiving server does not take addresses with letters beyond plain ASCII.",
    advice: "Ask the recipient for an address in plain ASCII letters.",
  },
  "7.1": {
    why: "The receiving server does not accept this message from this sender.",
    advice: ASK_POSTMASTER,
  },
};

const SUBJECTS: Readonly<Record<string, StatusWords>> = {
  "1": { why: "The receiving server does not accept the address.", advice: CHECK_ADDRESS },
  "2": { why: "The mailbox cannot take the message.", advice: TELL_RECIPIENT },
  "3": { why: "The receiving server cannot take the message.", advice: SEND_AGAIN },
  "4": { why: "The message could not be brought to the receiving server.", advice: SEND_AGAIN },
  "5": { why: "The receiving server and this one do not understand each other.", advice: ASK_POSTMASTER },
  "6": { why: "The receiving server does not take the content of the message.", advice: ASK_POSTMASTER },
  "7": { why: "The receiving server refused the message by its rules.", advice: ASK_POSTMASTER },
};

const ANYTHING: StatusWords = { why: "The message could not be delivered.", advice: SEND_AGAIN };

/** Puts a status such as `5.1.1` into words; unknown details get the words of their subject (RFC 3463 2). */
export function statusWords(status: string): StatusWords {
  const [, subject = "", detail = ""] = status.split(".");
  return WORDS[`${subject}.${detail}`] ?? SUBJECTS[subject] ?? ANYTHING;
}
