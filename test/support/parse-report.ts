import { runProcess } from "./process.ts";
import { toolPath } from "./tools.ts";

/** A delivery status notification (RFC 3464) as Python's email package, which we have not written, reads it. */
export interface ParsedReport {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly reportType: string | null;
  /** The parts of the multipart/report in order. */
  readonly partTypes: readonly string[];
  /** The fields for the message, then those for each recipient; names in lower case. */
  readonly status: readonly Readonly<Record<string, string>>[];
  /** The text for people. */
  readonly text: string;
  /** What is wrong with it in the parser's eyes. */
  readonly defects: readonly string[];
}

const PROGRAM = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = list(m.iter_parts()) if m.is_multipart() else []
fields = lambda part: {k.lower(): str(v) for k, v in part.items()}
status = [p for p in parts if p.get_content_type() == "message/delivery-status"]
json.dump({
    "headers": fields(m),
    "contentType": m.get_content_type(),
    "reportType": m.get_param("report-type"),
    "partTypes": [p.get_content_type() for p in parts],
    "status": [fields(block) for p in status for block in p.get_payload()],
    "text": parts[0].get_content() if parts else "",
    "defects": [repr(d) for p in m.walk() for d in p.defects],
}, sys.stdout)
`;

/** Reads a report. Needs python3. */
export async function parseReport(message: Uint8Array): Promise<ParsedReport> {
  const { code, stdout, output } = await runProcess(toolPath("python3"), ["-c", PROGRAM], { input: message });
  if (code !== 0) throw new Error(`Python cannot read the report: ${output}`);
  return JSON.parse(stdout);
}
