/** The terminal and the machine as commands see them, given so that tests can be both. */
export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of stdin up to a bound of `maxBytes`; `undefined` where there is more. */
  readStdin(maxBytes: number): Promise<string | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits in front: both stdin and stdout are a terminal. */
  readonly isTty: boolean;
  /** Whether stdout takes colours: a terminal, and NO_COLOR is not set. */
  readonly colours: boolean;
  /** The machine's name, for setup to offer. */
  readonly machineName: string;
  /** Who runs the command, for the history. */
  readonly userName: string;
  /** Asks the person in front. Only called where {@link CliIo.isTty}. */
  readonly asker: Asker;
}

/** Questions to a person. `undefined`: the person has given up. */
export interface Asker {
  text(question: string, suggestion: string): Promise<string | undefined>;
  /** Without echo; may come back empty. */
  password(question: string): Promise<string | undefined>;
  confirm(question: string): Promise<boolean | undefined>;
}
