import { serveHelper } from "./helper-messages.ts";
import { openWindowsLogon } from "./windows-logon.ts";

// A helper process: asks Windows, one question at a time.
serveHelper(openWindowsLogon());
