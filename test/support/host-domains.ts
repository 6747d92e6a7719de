/** The part of `postern.toml` that gives the post office of setup its accounts of the host. */
export function hostDomains(options: {
  readonly domain?: string;
  readonly createMailboxes?: boolean;
}): string {
  const domain = options.domain === undefined ? "" : `domain = "${options.domain}"\n`;
  return `[[authentication.postoffices]]
name = "example"
mailDomain = "example.test"
${domain}createMailboxes = ${options.createMailboxes ?? false}
`;
}
