import koffi from "koffi";
import type { HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";
import { logonName, windowsAnswer } from "./windows-answer.ts";

// LOGON32_LOGON_NETWORK: for servers that check plain passwords; makes no session and caches nothing.
const LOGON_NETWORK = 3;
const PROVIDER_DEFAULT = 0;

/** Opens Windows's own check of passwords. Throws on any other system. It may take long: only a helper process calls it. */
export function openWindowsLogon(): (question: HostQuestion) => HostAnswer {
  const advapi = koffi.load("advapi32.dll");
  const kernel = koffi.load("kernel32.dll");
  const logonUser = advapi.func(
    "bool __stdcall LogonUserW(const char16_t *user, const char16_t *domain, const char16_t *password, " +
      "uint32_t type, uint32_t provider, _Out_ void **token)",
  );
  const closeHandle = kernel.func("bool __stdcall CloseHandle(void *handle)");
  const lastError = kernel.func("uint32_t __stdcall GetLastError()");
  return ({ user, domain, password }) => {
    const name = logonName(user, domain);
    const token: [unknown] = [null];
    const good: boolean = logonUser(name.user, name.domain, password, LOGON_NETWORK, PROVIDER_DEFAULT, token);
    if (!good) return windowsAnswer(lastError());
    closeHandle(token[0]);
    return { kind: "right" };
  };
}
