import { Type } from "typebox";
import { ok } from "../core/result.ts";
import { NameText, NoInput } from "./input-types.ts";
import { nameKey, outputOf } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ name: NameText });

/** Makes a post office: a tenant with its own domains and mailboxes. */
export const postofficeAdd = defineUseCase({
  name: "postoffice.add",
  summary: "Make a post office, which holds domains and their mailboxes",
  input: Input,
  changes: true,
  async run({ directory }, input) {
    const name = nameKey(input.name);
    return outputOf(await directory.addPostoffice(name), { postoffice: name });
  },
});

/** All post offices with how much is in each. */
export const postofficeList = defineUseCase({
  name: "postoffice.list",
  summary: "List the post offices",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listPostoffices());
  },
});

/** One post office with the domains and mailboxes in it. */
export const postofficeShow = defineUseCase({
  name: "postoffice.show",
  summary: "Show a post office with its domains and mailboxes",
  input: Input,
  changes: false,
  async run({ directory }, input) {
    const name = nameKey(input.name);
    const postoffices = await directory.listPostoffices();
    if (!postoffices.some((each) => each.name === name)) {
      return refuse("not-found", `there is no post office ${name}; postoffice list shows which there are`);
    }
    const domains = (await directory.listDomains()).filter((each) => each.postoffice === name);
    const mailboxes = (await directory.listMailboxes()).filter((each) => each.postoffice === name);
    return ok({
      postoffice: name,
      domains: domains.map((each) => each.domain),
      mailboxes: mailboxes.map((each) => each.mailbox),
    });
  },
});

/** Takes away an empty post office. */
export const postofficeRemove = defineUseCase({
  name: "postoffice.remove",
  summary: "Remove a post office that has no domains",
  input: Input,
  changes: true,
  async run({ directory }, input) {
    const name = nameKey(input.name);
    return outputOf(await directory.removePostoffice(name), { removed: name });
  },
});
