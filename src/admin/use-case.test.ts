import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext } from "../../test/support/memory-admin-context.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { runUseCase, useCases } from "./use-cases.ts";

async function messageOf(name: string, input: unknown): Promise<string> {
  const result = await runUseCase(memoryAdminContext(), name, input);
  assert.ok(!result.ok);
  return result.error.message;
}

test("every use case has a name of its own, a summary and an input that is an object", () => {
  assert.ok(useCases.size >= 48);
  for (const [name, useCase] of useCases) {
    assert.match(name, /^[a-z-]+(?:\.[a-z-]+){0,2}$/);
    assert.match(useCase.summary, /^[A-Z].*[^.]$/, name);
    assert.equal(useCase.input.type, "object");
  }
});

test("inputs that do not fit are refused with all problems, in words for a person", async () => {
  assert.equal(await messageOf("mailbox.add", null), "the input must be a JSON object");
  assert.equal(await messageOf("mailbox.add", {}), "mailbox: is missing");
  assert.equal(
    await messageOf("mailbox.add", { mailbx: "a", mailbox: 5, password: "" }),
    "mailbx: is not known; did you mean mailbox?; mailbox: must be a text; password: must not be empty",
  );
  assert.equal(
    await messageOf("queue.list", { lane: "sideways", limit: 1.5 }),
    "lane: must be one of local, outbound; limit: must be a whole number",
  );
  assert.equal(await messageOf("queue.list", { limit: 0 }), "limit: must be at least 1");
  assert.equal(await messageOf("group.add", { group: "a@b.test", members: [] }), "members: needs at least 1");
  assert.equal(
    await messageOf("group.add", { group: "a@b.test", members: [1] }),
    "members[0]: must be a text",
  );
  assert.equal(await messageOf("relay.show", { x: 1 }), "x: is not known; nothing is asked for");
  assert.equal(
    await messageOf("address.show", { address: "x".repeat(255) }),
    "address: must not have more than 254 characters",
  );
});

test("a name that comes with every object is an unknown property as well", async () => {
  assert.match(await messageOf("relay.show", JSON.parse('{"__proto__":{"a":1}}')), /__proto__: is not known/);
});

test("an unknown use case is refused with the one that was meant", async () => {
  assert.equal(await messageOf("mailbox.ad", {}), "there is no mailbox.ad; did you mean mailbox.add?");
  assert.equal(await messageOf("toString", {}), "there is no toString");
});

test("a store that cannot answer is a refusal to be repeated; another fault is none", async () => {
  const broken = (error: Error) => {
    const context = memoryAdminContext();
    const policies = { ...context.policies, current: () => Promise.reject(error) };
    return runUseCase({ ...context, policies }, "relay.show", {});
  };
  const refused = await broken(new StoreUnavailable("disk full at /secret"));
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, "unavailable");
  assert.doesNotMatch(refused.error.message, /secret/);
  await assert.rejects(broken(new TypeError("a bug")), TypeError);
});
