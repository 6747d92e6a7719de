import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean } from "./did-you-mean.ts";

const KEYS = ["hostname", "listeners", "limits", "tls", "dns"];

test("a slip of one or two letters finds its word", () => {
  assert.equal(didYouMean("hostnme", KEYS), "hostname");
  assert.equal(didYouMean("Listner", KEYS), "listeners");
  assert.equal(didYouMean("limtis", KEYS), "limits");
  assert.equal(didYouMean("tsl", KEYS), "tls");
});

test("the nearest of several wins", () => {
  assert.equal(didYouMean("mailbox.ad", ["mailbox.add", "mailbox.abc"]), "mailbox.add");
});

test("a word that is like none finds nothing", () => {
  assert.equal(didYouMean("colour", KEYS), undefined);
  assert.equal(didYouMean("", KEYS), undefined);
});
