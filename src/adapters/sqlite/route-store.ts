import { err, ok } from "../../core/result.ts";
import type { Route, RouteStore } from "../../ports/route-store.ts";
import { integer, oneOf, optionalText, type Stored, text } from "./columns.ts";
import { ROUTE_COLUMNS } from "./route-statements.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

const TLS: readonly Route["tls"][] = ["none", "may", "require", "verify"];

/** The routes in a {@link SqliteStore}. The password of a smart host has to be used, so it is kept as it is. */
export function sqliteRouteStore(store: SqliteStore): RouteStore {
  const all = store.ask((db) => arrays(db, `SELECT ${ROUTE_COLUMNS.join(", ")} FROM route ORDER BY pattern`));
  return {
    list: async () => store.ask(() => all.all().map(routeFrom)),
    async add({ to, host, port, tls, login }) {
      const pattern = to.toLowerCase();
      const values = [pattern, host, port, tls, login?.user ?? null, login?.password ?? null];
      if (await store.run("addRoute", values)) return ok(undefined);
      return err(`there is already a route for ${pattern}; remove it first`);
    },
    async remove(to) {
      const pattern = to.toLowerCase();
      return (await store.run("removeRoute", pattern))
        ? ok(undefined)
        : err(`there is no route for ${pattern}`);
    },
  };
}

function routeFrom(row: readonly Stored[]): Route {
  const user = optionalText(row[4]);
  return {
    to: text(row[0]),
    host: text(row[1]),
    port: integer(row[2]),
    tls: oneOf(TLS, row[3]),
    ...(user === undefined ? {} : { login: { user, password: text(row[5]) } }),
  };
}
