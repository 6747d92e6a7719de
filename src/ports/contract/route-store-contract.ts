import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { Route, RouteStore } from "../route-store.ts";

const ALL: Route = { to: "*", host: "127.0.0.1", port: 2626, tls: "none" };
const PARTNER: Route = {
  to: ".example.org",
  host: "smart.example.net",
  port: 587,
  tls: "verify",
  login: { user: "relay", password: "pencil" },
};

/** What every store of routes must do. `make` opens an empty one for one test. */
export function routeStoreContract(name: string, make: (t: TestContext) => Promise<RouteStore>): void {
  suite(`${name} as a route store`, () => {
    test("routes come back whole, sorted by their pattern", async (t) => {
      const routes = await make(t);
      assert.deepEqual(await routes.list(), []);
      assert.equal((await routes.add(PARTNER)).ok, true);
      assert.equal((await routes.add(ALL)).ok, true);
      assert.deepEqual(await routes.list(), [ALL, PARTNER]);
    });

    test("a second route for a pattern is refused, in whatever case it is written", async (t) => {
      const routes = await make(t);
      await routes.add(PARTNER);
      const second = await routes.add({ ...ALL, to: ".EXAMPLE.org" });
      assert.deepEqual(second, {
        ok: false,
        error: "there is already a route for .example.org; remove it first",
      });
      assert.deepEqual(await routes.list(), [PARTNER]);
    });

    test("a route is removed by its pattern, and one that is not there is said so", async (t) => {
      const routes = await make(t);
      await routes.add(PARTNER);
      assert.equal((await routes.remove(".Example.org")).ok, true);
      assert.deepEqual(await routes.remove(".example.org"), {
        ok: false,
        error: "there is no route for .example.org",
      });
      assert.deepEqual(await routes.list(), []);
    });
  });
}
