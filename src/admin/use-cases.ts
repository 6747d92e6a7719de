import { didYouMean } from "../config/did-you-mean.ts";
import type { Result } from "../core/result.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { addressAdd, addressList, addressRemove, addressShow } from "./addresses.ts";
import type { AdminContext } from "./admin-context.ts";
import { adminAdd, adminList, adminRemove, adminSetPassword } from "./administrators.ts";
import { appPasswordAdd, appPasswordList, appPasswordRemove, mailboxSet } from "./app-passwords.ts";
import {
  containmentAlerts,
  containmentContain,
  containmentList,
  containmentPurge,
  containmentRelease,
  containmentShow,
} from "./containments.ts";
import { doctor } from "./doctor.ts";
import { domainAdd, domainList, domainRemove, domainSetCatchAll, domainShow } from "./domains.ts";
import { groupAdd, groupAddMember, groupList, groupRemove, groupRemoveMember, groupShow } from "./groups.ts";
import { journalSearch, journalShow } from "./journal.ts";
import { limitsList, limitsSet, limitsShow } from "./limits.ts";
import { loginBlockList, loginBlockRemove } from "./login-blocks.ts";
import * as mailboxes from "./mailboxes.ts";
import { popGrantAllow, popGrantList, popGrantRevoke } from "./pop-grants.ts";
import { postofficeAdd, postofficeList, postofficeRemove, postofficeShow } from "./postoffices.ts";
import { privilegedAdd, privilegedList, privilegedRemove } from "./privileged.ts";
import { queueDrop, queueHold, queueList, queueRelease, queueRetry, queueShow, queueStats } from "./queue.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { relayExplain } from "./relay-explain.ts";
import { relaySet, relayShow } from "./relay-settings.ts";
import { routeAdd, routeList, routeRemove } from "./routes.ts";
import { showHealth } from "./show-health.ts";
import type { UseCase } from "./use-case.ts";

const ALL: readonly UseCase[] = [
  relayShow,
  relaySet,
  relayExplain,
  privilegedAdd,
  privilegedList,
  privilegedRemove,
  popGrantList,
  popGrantAllow,
  popGrantRevoke,
  loginBlockList,
  loginBlockRemove,
  postofficeAdd,
  postofficeList,
  postofficeShow,
  postofficeRemove,
  domainAdd,
  domainList,
  domainShow,
  domainRemove,
  domainSetCatchAll,
  mailboxes.mailboxAdd,
  mailboxes.mailboxList,
  mailboxes.mailboxShow,
  mailboxes.mailboxRemove,
  mailboxes.mailboxSetPassword,
  mailboxes.mailboxSuspend,
  mailboxes.mailboxResume,
  mailboxSet,
  appPasswordAdd,
  appPasswordList,
  appPasswordRemove,
  addressAdd,
  addressList,
  addressShow,
  addressRemove,
  groupAdd,
  groupList,
  groupShow,
  groupRemove,
  groupAddMember,
  groupRemoveMember,
  routeAdd,
  routeList,
  routeRemove,
  queueList,
  queueShow,
  queueStats,
  queueRetry,
  queueHold,
  queueRelease,
  queueDrop,
  journalSearch,
  journalShow,
  limitsList,
  limitsShow,
  limitsSet,
  containmentList,
  containmentShow,
  containmentContain,
  containmentRelease,
  containmentPurge,
  containmentAlerts,
  adminAdd,
  adminList,
  adminRemove,
  adminSetPassword,
  doctor,
  showHealth,
];

/** Every use case by its name. */
export const useCases: ReadonlyMap<string, UseCase> = new Map(ALL.map((useCase) => [useCase.name, useCase]));

/** Runs a use case by name. A store that cannot answer is a refusal that may be repeated; other faults reject. */
export async function runUseCase(
  context: AdminContext,
  name: string,
  input: unknown,
): Promise<Result<unknown, Refusal>> {
  const useCase = useCases.get(name);
  if (!useCase) {
    const near = didYouMean(name, useCases.keys());
    return refuse("unknown-use-case", `there is no ${name}${near ? `; did you mean ${near}?` : ""}`);
  }
  try {
    return await useCase.run(context, input);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return refuse("unavailable", "the store could not answer just now; try again, and see the server's log");
  }
}
