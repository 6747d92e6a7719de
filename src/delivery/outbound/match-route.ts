import type { Route } from "../../ports/route-store.ts";

/**
 * The route for a destination: the domain itself before `.parent` of the most labels before `*`.
 * @param destination a domain in lower case, or an address literal, which only itself and `*` match.
 * @returns `undefined` where the recipient domain's MX decides.
 */
export function matchRoute(routes: readonly Route[], destination: string): Route | undefined {
  let best: Route | undefined;
  for (const route of routes) {
    if (matches(route.to, destination) && (!best || rank(route, destination) > rank(best, destination))) {
      best = route;
    }
  }
  return best;
}

function matches(pattern: string, destination: string): boolean {
  if (pattern === "*" || pattern === destination) return true;
  return pattern.startsWith(".") && destination.endsWith(pattern);
}

function rank(route: Route, destination: string): number {
  if (route.to === "*") return 0;
  // A name equals itself: longer than any `.parent`, also where a parent's text has as many characters.
  return route.to === destination ? Number.POSITIVE_INFINITY : route.to.length;
}
