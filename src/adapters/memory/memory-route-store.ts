import { err, ok } from "../../core/result.ts";
import type { Route, RouteStore } from "../../ports/route-store.ts";

/** Routes that last as long as the process. */
export function memoryRouteStore(): RouteStore {
  const routes = new Map<string, Route>();
  return {
    list: async () => [...routes.values()].sort((a, b) => (a.to < b.to ? -1 : 1)),
    async add(route) {
      const to = route.to.toLowerCase();
      if (routes.has(to)) return err(`there is already a route for ${to}; remove it first`);
      routes.set(to, { ...route, to });
      return ok(undefined);
    },
    async remove(pattern) {
      const to = pattern.toLowerCase();
      return routes.delete(to) ? ok(undefined) : err(`there is no route for ${to}`);
    },
  };
}
