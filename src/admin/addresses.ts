import { Type } from "typebox";
import { addressKey, formatAddress } from "../core/email-address.ts";
import { ok } from "../core/result.ts";
import { AddressText, NoInput } from "./input-types.ts";
import { outputOf, readAddress } from "./read-input.ts";
import { refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ address: AddressText });

/** Gives a mailbox another name, or forwards an address of a hosted domain elsewhere. */
export const addressAdd = defineUseCase({
  name: "address.add",
  summary: "Give a mailbox another address, or forward an address elsewhere",
  input: Type.Object({ address: AddressText, to: AddressText }),
  changes: true,
  async run({ directory }, input) {
    const address = readAddress("address", input.address);
    if (!address.ok) return address;
    const to = readAddress("to", input.to);
    if (!to.ok) return to;
    const output = { address: addressKey(address.value), to: formatAddress(to.value) };
    return outputOf(await directory.addAddress(address.value, to.value), output);
  },
});

/** All addresses and where they lead. */
export const addressList = defineUseCase({
  name: "address.list",
  summary: "List the addresses and where they lead",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listAddresses());
  },
});

/** Where mail for an address ends up, followed all the way: also mailboxes, groups and catch-alls. */
export const addressShow = defineUseCase({
  name: "address.show",
  summary: "Show where mail for an address ends up",
  input: Input,
  changes: false,
  async run({ directory }, input) {
    const address = readAddress("address", input.address);
    if (!address.ok) return address;
    const key = addressKey(address.value);
    const resolution = await directory.resolve(address.value);
    if (resolution.kind === "remote") return refuse("not-found", `${key} is not at a domain hosted here`);
    if (resolution.kind === "no-such-recipient") {
      return refuse("not-found", `nothing here takes mail for ${key}; it is refused with 550 5.1.1`);
    }
    const targets = resolution.targets.map((target) =>
      target.kind === "mailbox"
        ? { kind: target.kind, address: target.mailbox }
        : { kind: target.kind, address: formatAddress(target.address), chargedTo: target.chargedTo },
    );
    return ok({ address: key, via: resolution.via, targets });
  },
});

/** Takes an address away; the mailbox it led to stays. */
export const addressRemove = defineUseCase({
  name: "address.remove",
  summary: "Remove an address; the mailbox it leads to stays",
  input: Input,
  changes: true,
  async run({ directory }, input) {
    const address = readAddress("address", input.address);
    if (!address.ok) return address;
    return outputOf(await directory.removeAddress(address.value), { removed: addressKey(address.value) });
  },
});
