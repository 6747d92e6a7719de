/** How one thing was found. `todo` is empty where there is nothing to do. */
export interface CheckResult {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** What was seen, with its numbers. */
  readonly saw: string;
  readonly todo: string;
}

/** Looks at one thing; never throws for what it finds. */
export type DoctorCheck = () => Promise<CheckResult>;
