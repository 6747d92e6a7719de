import type { Command } from "commander";
import {
  groupAdd,
  groupAddMember,
  groupList,
  groupRemove,
  groupRemoveMember,
  groupShow,
} from "../../admin/groups.ts";
import { formatFields, formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf, collect } from "./noun.ts";

/** `group add|list|show|remove|add-member|remove-member`. */
export function addGroupCommands(program: Command, contextOf: ContextOf): void {
  const group = addNoun(program, "group", "Addresses whose mail goes to several people");
  addVerb(group, "add <address>", {
    summary: "Make a group",
    examples: ["group add sales@example.test --member alice@example.test --member bob@example.test"],
  })
    .requiredOption("--member <address>", "a member; several times, or with commas", collect)
    .action(async (address: string, options: { member: string[] }) => {
      const context = contextOf();
      const made = await context.send(groupAdd, { group: address, members: options.member });
      context.show(made, (output) => `Mail for ${output.group} goes to ${output.members.join(", ")}.\n`);
    });
  addVerb(group, "list", { summary: "List the groups", examples: ["group list"] }).action(async () => {
    const context = contextOf();
    context.show(await context.send(groupList, {}), (rows) =>
      formatTable(
        [
          { head: "GROUP", cell: (row) => row.group },
          { head: "MEMBERS", cell: ({ members }) => members.join(", ") },
        ],
        rows,
      ),
    );
  });
  addVerb(group, "show <address>", {
    summary: "Show a group with its members",
    examples: ["group show sales@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    context.show(await context.send(groupShow, { group: address }), (shown) =>
      formatFields([
        ["group", shown.group],
        ["members", shown.members.join(", ")],
      ]),
    );
  });
  addVerb(group, "remove <address>", {
    summary: "Remove a group; its members stay",
    examples: ["group remove sales@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    context.show(
      await context.send(groupRemove, { group: address }),
      ({ removed }) => `Removed ${removed}.\n`,
    );
  });
  addMemberVerbs(group, contextOf);
}

function addMemberVerbs(group: Command, contextOf: ContextOf): void {
  addVerb(group, "add-member <group> <member>", {
    summary: "Add a member",
    examples: ["group add-member sales@example.test carol@example.test"],
  }).action(async (address: string, member: string) => {
    const context = contextOf();
    const output = await context.send(groupAddMember, { group: address, member });
    context.show(output, (done) => `${done.member} is in ${done.group} now.\n`);
  });
  addVerb(group, "remove-member <group> <member>", {
    summary: "Take a member out",
    examples: ["group remove-member sales@example.test carol@example.test"],
  }).action(async (address: string, member: string) => {
    const context = contextOf();
    const output = await context.send(groupRemoveMember, { group: address, member });
    context.show(output, (done) => `${done.member} is not in ${done.group} any more.\n`);
  });
}
