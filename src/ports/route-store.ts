import type { Result } from "../core/result.ts";

/** Where outbound mail goes instead of to the recipient domain's MX. */
export interface RouteStore {
  list(): Promise<Route[]>;
  /** One route a pattern; a second for the same is refused with the sentence that says so. */
  add(route: Route): Promise<Result<void>>;
  remove(pattern: string): Promise<Result<void>>;
}

/** A smart host for some destinations. */
export interface Route {
  /** A domain, `.domain` for all below it, or `*`. The longest match wins. */
  readonly to: string;
  readonly host: string;
  readonly port: number;
  /** `none`: never; `may`: when offered, unverified; `require`: or the attempt is deferred; `verify`: with a good certificate. */
  readonly tls: "none" | "may" | "require" | "verify";
  readonly login?: { readonly user: string; readonly password: string };
}
