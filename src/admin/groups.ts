import { Type } from "typebox";
import { addressKey, type EmailAddress, formatAddress } from "../core/email-address.ts";
import { ok, type Result } from "../core/result.ts";
import type { DirectoryAdmin } from "../ports/directory.ts";
import { AddressText, NoInput } from "./input-types.ts";
import { outputOf, readAddress } from "./read-input.ts";
import { type InputProblem, invalidInput, type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ group: AddressText });
const MemberInput = Type.Object({ group: AddressText, member: AddressText });

/** Makes a group: an address whose mail goes to each member. */
export const groupAdd = defineUseCase({
  name: "group.add",
  summary: "Make a group: an address whose mail goes to all its members",
  input: Type.Object({
    group: AddressText,
    members: Type.Array(AddressText, { minItems: 1, maxItems: 1000 }),
  }),
  changes: true,
  async run({ directory }, input) {
    const group = readAddress("group", input.group);
    if (!group.ok) return group;
    const members = readMembers(input.members);
    if (!members.ok) return members;
    const output = { group: addressKey(group.value), members: members.value.map(formatAddress) };
    return outputOf(await directory.addGroup(group.value, members.value), output);
  },
});

function readMembers(texts: readonly string[]): Result<EmailAddress[], Refusal> {
  const members = new Map<string, EmailAddress>();
  const problems: InputProblem[] = [];
  for (const [index, text] of texts.entries()) {
    const member = readAddress(`members[${index}]`, text);
    if (!member.ok) problems.push(...(member.error.problems ?? []));
    else if (!members.has(addressKey(member.value))) members.set(addressKey(member.value), member.value);
  }
  return problems.length > 0 ? invalidInput(problems) : ok([...members.values()]);
}

/** All groups with their members. */
export const groupList = defineUseCase({
  name: "group.list",
  summary: "List the groups with their members",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listGroups());
  },
});

/** One group with its members. */
export const groupShow = defineUseCase({
  name: "group.show",
  summary: "Show a group with its members",
  input: Input,
  changes: false,
  async run({ directory }, input) {
    const group = readAddress("group", input.group);
    if (!group.ok) return group;
    const key = addressKey(group.value);
    const row = (await directory.listGroups()).find((each) => each.group === key);
    return row ? ok(row) : refuse("not-found", `there is no group ${key}; group list shows which there are`);
  },
});

/** Takes a group away; its members stay. */
export const groupRemove = defineUseCase({
  name: "group.remove",
  summary: "Remove a group; its members stay",
  input: Input,
  changes: true,
  async run({ directory }, input) {
    const group = readAddress("group", input.group);
    if (!group.ok) return group;
    return outputOf(await directory.removeGroup(group.value), { removed: addressKey(group.value) });
  },
});

/** Adds a member to a group. */
export const groupAddMember = defineUseCase({
  name: "group.add-member",
  summary: "Add a member to a group",
  input: MemberInput,
  changes: true,
  run: ({ directory }, input) => changeMember(input, (group, member) => directory.addMember(group, member)),
});

/** Takes a member out of a group. */
export const groupRemoveMember = defineUseCase({
  name: "group.remove-member",
  summary: "Take a member out of a group",
  input: MemberInput,
  changes: true,
  run: ({ directory }, input) =>
    changeMember(input, (group, member) => directory.removeMember(group, member)),
});

async function changeMember(
  input: { readonly group: string; readonly member: string },
  change: DirectoryAdmin["addMember"],
): Promise<Result<{ group: string; member: string }, Refusal>> {
  const group = readAddress("group", input.group);
  if (!group.ok) return group;
  const member = readAddress("member", input.member);
  if (!member.ok) return member;
  const output = { group: addressKey(group.value), member: formatAddress(member.value) };
  return outputOf(await change(group.value, member.value), output);
}
