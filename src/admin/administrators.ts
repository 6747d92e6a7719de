import { Type } from "typebox";
import { ok } from "../core/result.ts";
import { NameText, NoInput, PasswordText } from "./input-types.ts";
import { nameKey, outputOf, readPassword } from "./read-input.ts";
import { defineUseCase } from "./use-case.ts";

const PasswordInput = Type.Object({ name: NameText, password: PasswordText });

/** Makes an administrator. */
export const adminAdd = defineUseCase({
  name: "admin.add",
  summary: "Make an administrator",
  input: PasswordInput,
  changes: true,
  async run({ directory, hashPassword }, input) {
    const name = nameKey(input.name);
    const password = readPassword("password", input.password);
    if (!password.ok) return password;
    const { argon2id } = await hashPassword(password.value);
    return outputOf(await directory.addAdministrator(name, argon2id), { administrator: name });
  },
});

/** All administrators. */
export const adminList = defineUseCase({
  name: "admin.list",
  summary: "List the administrators",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listAdministrators());
  },
});

/** Takes an administrator away; never the last one. */
export const adminRemove = defineUseCase({
  name: "admin.remove",
  summary: "Remove an administrator, but never the last one",
  input: Type.Object({ name: NameText }),
  changes: true,
  async run({ directory }, input) {
    const name = nameKey(input.name);
    return outputOf(await directory.removeAdministrator(name), { removed: name });
  },
});

/** Gives an administrator a new password. */
export const adminSetPassword = defineUseCase({
  name: "admin.set-password",
  summary: "Give an administrator a new password",
  input: PasswordInput,
  changes: true,
  async run({ directory, hashPassword }, input) {
    const name = nameKey(input.name);
    const password = readPassword("password", input.password);
    if (!password.ok) return password;
    const { argon2id } = await hashPassword(password.value);
    return outputOf(await directory.setAdministratorPassword(name, argon2id), { administrator: name });
  },
});
