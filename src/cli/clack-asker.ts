import type { Asker } from "./io.ts";

/** Questions in the terminal. The package is loaded at the first question, since few commands ask one. */
export function clackAsker(): Asker {
  const prompts = () => import("@clack/prompts");
  return {
    async text(message, suggestion) {
      const { text, isCancel } = await prompts();
      const answer = await text({ message, placeholder: suggestion, defaultValue: suggestion });
      return isCancel(answer) ? undefined : answer;
    },
    async password(message) {
      const { password, isCancel } = await prompts();
      const answer = await password({ message });
      // An empty answer comes back as undefined.
      return isCancel(answer) ? undefined : (answer ?? "");
    },
    async confirm(message) {
      const { confirm, isCancel } = await prompts();
      const answer = await confirm({ message, initialValue: false });
      return isCancel(answer) ? undefined : answer;
    },
  };
}
