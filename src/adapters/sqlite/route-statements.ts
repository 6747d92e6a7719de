import type { DatabaseSync } from "node:sqlite";
import { insertSql, type Values } from "./operation.ts";

/** The columns of `route`. */
export const ROUTE_COLUMNS = ["pattern", "host", "port", "tls", "login_user", "login_password"] as const;

/** The routes' operations on the writing connection. Each says whether it changed anything. */
export function routeOperations(db: DatabaseSync) {
  const insert = db.prepare(`${insertSql("route", ROUTE_COLUMNS)} ON CONFLICT DO NOTHING`);
  const remove = db.prepare("DELETE FROM route WHERE pattern = ?");
  return {
    addRoute(values: Values): boolean {
      return insert.run(...values).changes === 1;
    },
    removeRoute(pattern: string): boolean {
      return remove.run(pattern).changes === 1;
    },
  };
}
