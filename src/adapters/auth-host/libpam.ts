import koffi from "koffi";

/** One question to PAM, which may take long: only a helper process calls it. Returns PAM's code, 0 where all is well. */
export type CheckWithPam = (service: string, user: string, password: string) => number;

const PROMPT_ECHO_OFF = 1;
const CONV_ERR = process.platform === "darwin" ? 6 : 19;
const BUF_ERR = 5;
/** Linux-PAM sends at most 32 messages at once (PAM_MAX_NUM_MSG). */
const MAX_MESSAGES = 32;

const LIBRARIES =
  process.platform === "darwin"
    ? { pam: "/usr/lib/libpam.2.dylib", c: "/usr/lib/libSystem.B.dylib" }
    : { pam: "libpam.so.0", c: "libc.so.6" };

/** Opens the system's libpam. Throws where there is none. */
export function openPam(): CheckWithPam {
  const pam = koffi.load(LIBRARIES.pam);
  const libc = koffi.load(LIBRARIES.c);
  const message = koffi.struct("pam_message", { msg_style: "int", msg: "const char *" });
  const response = koffi.struct("pam_response", { resp: "void *", resp_retcode: "int" });
  const converse = koffi.proto("int pam_converse(int count, void *messages, void *responses, void *data)");
  koffi.struct("pam_conv", { conv: koffi.pointer(converse), data: "void *" });
  const calloc = libc.func("void *calloc(size_t count, size_t size)");
  const strdup = libc.func("void *strdup(const char *text)");
  const start = pam.func("int pam_start(const char *, const char *, const pam_conv *, _Out_ void **handle)");
  const authenticate = pam.func("int pam_authenticate(void *handle, int flags)");
  const accountManagement = pam.func("int pam_acct_mgmt(void *handle, int flags)");
  const end = pam.func("int pam_end(void *handle, int status)");

  /**
   * Answers PAM's questions: the password to the first that wants something hidden, and a failure to any other, since a
   * mail program knows no more. PAM frees what is allocated here (pam_conv(3)).
   */
  function conversation(password: string) {
    let asked = false;
    return (count: number, messages: unknown, responses: unknown): number => {
      if (count < 1 || count > MAX_MESSAGES) return CONV_ERR;
      const answers: unknown = calloc(count, koffi.sizeof(response));
      if (!answers) return BUF_ERR;
      for (let i = 0; i < count; i += 1) {
        const { msg_style: style } = koffi.decode(
          koffi.decode(messages, i * koffi.sizeof("void *"), "void *"),
          message,
        ) as { msg_style: number };
        // Styles 3 and 4 tell something and want no answer.
        if (style > 2) continue;
        if (style !== PROMPT_ECHO_OFF || asked) return CONV_ERR;
        asked = true;
        koffi.encode(answers, i * koffi.sizeof(response), "void *", strdup(password));
      }
      koffi.encode(responses, "void *", answers);
      return 0;
    };
  }

  return (service, user, password) => {
    const callback = koffi.register(conversation(password), koffi.pointer(converse));
    const handle: [unknown] = [null];
    try {
      let code: number = start(service, user, { conv: callback, data: null }, handle);
      if (code !== 0) return code;
      code = authenticate(handle[0], 0);
      // A right password of an account that is locked or has expired is no login.
      if (code === 0) code = accountManagement(handle[0], 0);
      end(handle[0], code);
      return code;
    } finally {
      koffi.unregister(callback);
    }
  };
}
