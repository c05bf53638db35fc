import type { Trusts } from './web-identity.ts';

/** The trust of the roles that the bootstrap makes for the rehearsal's account. */
export function rehearsalTrust(service: string): Trusts {
  const repository = 'repo:octo-org/models';
  const main = `${repository}:ref:refs/heads/main`;
  return (roleArn, { sub }) => {
    const role = roleArn.replace(/^.*:role\//, '');
    if (role === `${service}-plan`) return [main, `${repository}:pull_request`].includes(sub);
    if (role === `${service}-build`) return sub === main;
    const environment = /-(dev|staging|production)-(?:apply|deploy)$/.exec(role)?.[1];
    return environment !== undefined && sub === `${repository}:environment:${environment}`;
  };
}
