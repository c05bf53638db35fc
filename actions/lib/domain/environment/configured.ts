import { codeSpan } from '../text/markdown.ts';

/** The account in the sample environments. AWS's documentation uses it in examples; nobody deploys to it. */
export const PLACEHOLDER_ACCOUNT = '123456789012';

/** Whether an environment names an account of its own. Workflows skip the others, and say so. */
export function isConfigured({ account }: { readonly account: string }): boolean {
  return account !== PLACEHOLDER_ACCOUNT;
}

/** Why the workflows skip an environment, and what to do, as Markdown. */
export function notConfiguredText(name: string): string {
  return `${codeSpan(name)} isn't set up yet: its account is the placeholder ${PLACEHOLDER_ACCOUNT}. Set its account and region in ${codeSpan(`environments/${name}/environment.json`)}, then run \`npm run bootstrap\`.`;
}
