/**
 * Whether a new message may begin, given what MAIL declares of its size (RFC 1870; 0: nothing). `no-room`: the disk or
 * the queue is about to be full. `failing`: nothing can be written at the moment. Delivery goes on either way.
 */
export type Intake = (declaredBytes: number) => "open" | "no-room" | "failing";
