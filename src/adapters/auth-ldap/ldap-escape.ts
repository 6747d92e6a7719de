/**
 * Writes a value into a search filter (RFC 4515 3): what has a meaning there, and NUL, goes as a backslash and two
 * hexadecimal digits. So a name can never add a condition.
 */
export function escapeFilterValue(value: string): string {
  return value.replace(/[\\*()\0]/g, hex);
}

/** Writes a value into a distinguished name (RFC 4514 2.4). So a name can never add a component. */
export function escapeDnValue(value: string): string {
  return value.replace(/[\\"+,;<>=#\0]/g, hex).replace(/^ | $/g, hex);
}

function hex(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** What templates stand for. */
export interface TemplateValues {
  readonly user: string;
  readonly domain: string;
  readonly mailbox: string;
}

/** Puts values, each escaped, in the places of `{user}`, `{domain}` and `{mailbox}`. */
export function fillTemplate(
  template: string,
  values: TemplateValues,
  escapeValue: (value: string) => string,
): string {
  return template.replace(/\{(user|domain|mailbox)\}/g, (_, name: keyof TemplateValues) =>
    escapeValue(values[name]),
  );
}

/** The name to bind with. A template with `=` makes a DN; others make `user@domain` or `DOMAIN\user`, which have no escapes. */
export function fillBindName(template: string, values: TemplateValues): string {
  return fillTemplate(template, values, template.includes("=") ? escapeDnValue : (value) => value);
}
