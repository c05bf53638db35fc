import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { TEAM_ENVIRONMENTS } from '../../testing/sample-team/team.ts';
import { describeWithTool } from '../../testing/tools.ts';
import { renderDocuments, renderTemplate } from './render.ts';
import { renderRoles, TEMPLATE_FILE, type RoleEnvironment } from './roles.ts';

const GITHUB = { owner: 'acme', repository: 'models' };

const scoring: readonly RoleEnvironment[] = Object.entries(TEAM_ENVIRONMENTS)
  .filter(([, { service }]) => service === 'scoring')
  .map(([name, { service, account, region }]) => ({
    name,
    service,
    account,
    region,
    replay: name === 'prime' ? {} : null,
  }));

/** In another partition, with artifacts in another account, two regions, and a name too long for its bucket. */
const gov: readonly RoleEnvironment[] = [
  { name: 'trial', region: 'us-gov-west-1' },
  { name: 'an-environment-with-a-long-name', region: 'us-gov-east-1', replay: {} },
].map((environment) => ({
  ...environment,
  service: 'fraud-and-abuse',
  account: '432109876543',
  artifactsAccount: '543210987654',
}));

describeWithTool(['terraform', 'moto'], 'the roles of any content', () => {
  it('keeps a template that agrees with terraform/bootstrap (npx tsx scripts/rehearse/roles/render.ts writes it)', async () => {
    expect(await readFile(TEMPLATE_FILE, 'utf8')).toBe(await renderTemplate());
  }, 240_000);

  it.each([
    ['one account and region', scoring],
    ['GovCloud, two regions and another account with the artifacts', gov],
  ])(
    'renders what Terraform renders for %s',
    async (_title, environments) => {
      const [first] = environments;
      if (first === undefined) throw new Error('there is no environment');
      const { service, account, region, artifactsAccount = null } = first;
      const get = await renderDocuments({
        service,
        account,
        region,
        environments: Object.fromEntries(
          environments.map(({ name, region, replay = null }) => [name, { region, replay: replay !== null }]),
        ),
        // The rehearsal's STS compares the claims in every partition.
        github: { ...GITHUB, workflow_claims: true },
        artifacts: artifactsAccount === null ? { account_ids: [] } : null,
        artifacts_account: artifactsAccount,
      });
      const names = environments.map(({ name }) => name);
      const expected: Record<string, readonly string[]> = {
        [`${service}-plan`]: ['trust.plan', ...names.map((name) => `read.${name}`), 'ledgers'],
        ...(artifactsAccount === null ? { [`${service}-build`]: ['trust.build', 'build'] } : {}),
        ...Object.fromEntries<readonly string[]>(
          environments.flatMap(({ name, replay }): (readonly [string, readonly string[]])[] => [
            [`${service}-${name}-apply`, [`trust.apply/${name}`, `read.${name}`, `write.${name}`]],
            [`${service}-${name}-deploy`, [`trust.deploy/${name}`, `deploy.${name}`]],
            ...((replay ?? null) !== null
              ? [[`${service}-${name}-replay`, [`trust.replay/${name}`, `replay.${name}`]] as const]
              : []),
          ]),
        ),
      };
      const partition = region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
      const roles = renderRoles({ environments, github: GITHUB });
      expect([...roles.keys()].sort()).toEqual(
        Object.keys(expected)
          .map((name) => `arn:${partition}:iam::${account}:role/${name}`)
          .sort(),
      );
      for (const { name, trust, policies } of roles.values()) {
        const found = [trust, ...policies].map((text) => sorted(JSON.parse(text)));
        expect(found, name).toEqual((expected[name] ?? []).map((document) => sorted(get(document))));
      }
    },
    240_000,
  );
});

/** A document with its lists in one order: a policy means the same in any, and Terraform sorts by value. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]));
}
