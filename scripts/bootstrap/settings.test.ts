import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { SETTINGS_FOLDER } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { readSettingsFiles } from './settings-files.ts';
import { chooseTarget, describeOtherOrigin, makeSettings, parseSettings, repositoryOfRemote } from './settings.ts';

const ACCOUNT = '210987654321';
const OTHER_ACCOUNT = '321098765432';
const team: readonly Environment[] = Object.entries(TEAM_ENVIRONMENTS).map(([name, file]) => ({ ...file, name }));
const scoring = { account: ACCOUNT, service: 'scoring' };
const labelling = { account: ACCOUNT, service: 'labelling' };
// Both services in one account.
const together = team.map((environment) => ({ ...environment, account: ACCOUNT }));
// The last environment of scoring in the account of labelling.
const apart = team.map((environment) =>
  environment.name === 'prime' ? { ...environment, account: OTHER_ACCOUNT } : environment,
);

it('takes the only account there is, with all of its services', () => {
  expect(chooseTarget(together, {})).toEqual({ account: ACCOUNT, services: ['labelling', 'scoring'] });
  expect(chooseTarget(apart, { account: ACCOUNT })).toEqual({ account: ACCOUNT, services: ['scoring'] });
});

it('takes the account of the only service that is meant', () => {
  expect(chooseTarget(team, { service: 'labelling' })).toEqual({ account: OTHER_ACCOUNT, services: ['labelling'] });
});

it('asks which of several accounts is meant', () => {
  expect(() => chooseTarget(team, {})).toThrow(`one of ${ACCOUNT}, ${OTHER_ACCOUNT}`);
  expect(() => chooseTarget(apart, { service: 'scoring' })).toThrow('The environments of scoring are in several');
});

it('refuses an account or a service without environments', () => {
  expect(() => chooseTarget(team, { account: '999999999999' })).toThrow('No environment is in account 999999999999');
  expect(() => chooseTarget(team, { account: ACCOUNT, service: 'labelling' })).toThrow(
    `No environment of labelling is in account ${ACCOUNT}`,
  );
  expect(() => chooseTarget(team, { service: 'ranking' })).toThrow('--service with one of labelling, scoring');
});

it('tells how to take a service out where no environment is left', () => {
  expect(() => chooseTarget([], {})).toThrow('--destroy --account ID --service NAME');
  expect(() => chooseTarget(team, { account: '999999999999' })).toThrow('--destroy --account ID --service NAME');
});

it('sets a service up for its own environments in the account and lets its other accounts pull from it', () => {
  expect(makeSettings(apart, scoring, { github: 'acme/models' }, [])).toEqual({
    service: 'scoring',
    account: ACCOUNT,
    region: 'eu-west-1',
    environments: { trial: { region: 'eu-west-1' }, preview: { region: 'eu-west-1' } },
    github: { owner: 'acme', repository: 'models', branch: 'main', owner_id: null, repository_id: null },
    oidc_provider_arn: null,
    artifacts: { account_ids: [OTHER_ACCOUNT] },
    artifacts_account: null,
    network: null,
  });
});

it('keeps what was written by hand, and drops the ids of a repository that is no longer trusted', () => {
  const before = makeSettings(apart, scoring, { github: 'acme/models', ownerId: '1', repositoryId: '2' }, []);
  const edited = { ...before, github: { ...before.github, workflow_claims: false }, tags: { Team: 'risk' } };
  expect(makeSettings(apart, scoring, {}, [edited])).toEqual(edited);
  expect(makeSettings(apart, scoring, { github: 'else/where' }, [edited]).github).toMatchObject({
    ...{ owner: 'else', owner_id: null, repository_id: null, workflow_claims: false },
  });
  const { github, tags } = edited;
  expect(makeSettings(apart, scoring, {}, [], { region: before.region, github, tags })).toEqual(edited);
});

it('opens nothing of a service to accounts that only have environments of another one', () => {
  expect(makeSettings(team, scoring, { github: 'acme/models' }, []).artifacts).toEqual({ account_ids: [] });
});

it('makes no artifacts where another account holds them', () => {
  const place = { account: OTHER_ACCOUNT, service: 'scoring' };
  const settings = makeSettings(apart, place, { github: 'acme/models', artifactsAccount: ACCOUNT }, []);
  expect(settings).toMatchObject({ artifacts: null, artifacts_account: ACCOUNT });
});

it('keeps what an earlier run was told', () => {
  const [trial, ...others] = team;
  if (trial === undefined) throw new Error('the team has no environment');
  const flags = { github: 'acme/models', ownerId: '1', repositoryId: '2', branch: 'trunk', network: '10.1.0.0/20' };
  const before = makeSettings([trial], scoring, flags, []);
  const again = makeSettings([trial, ...others], scoring, {}, [before]);
  expect(again.github).toEqual(before.github);
  expect(again.network).toEqual({ cidr_block: '10.1.0.0/20' });
  expect(Object.keys(again.environments)).toEqual(['trial', 'preview', 'prime']);
  expect(makeSettings([trial], scoring, { network: 'none' }, [before]).network).toBeNull();
  expect(parseSettings({ path: 'x.tfvars.json', text: JSON.stringify(before) })).toEqual(before);
});

it('lets a second service of an account trust the same repository', () => {
  const first = makeSettings(together, scoring, { github: 'acme/models', branch: 'trunk', network: '10.1.0.0/20' }, []);
  expect(makeSettings(together, labelling, {}, [first])).toMatchObject({
    service: 'labelling',
    environments: { 'label-trial': { region: 'eu-west-1' }, 'label-prime': { region: 'eu-west-1' } },
    github: { owner: 'acme', repository: 'models', branch: 'trunk' },
    network: null,
  });
});

it('keeps the home region when an environment in another region is inserted before the first', () => {
  const before = makeSettings(together, scoring, { github: 'acme/models' }, []);
  const inserted = together.map((environment) =>
    environment.name === 'trial' ? { ...environment, region: 'eu-central-1' } : environment,
  );
  expect(makeSettings(inserted, scoring, {}, [before]).region).toBe('eu-west-1');
  expect(makeSettings(inserted, scoring, { moveHomeRegion: 'eu-central-1' }, [before]).region).toBe('eu-central-1');
  expect(() => makeSettings(inserted, scoring, { homeRegion: 'eu-central-1' }, [before])).toThrow(
    '--move-home-region eu-central-1',
  );
});

it('chooses the home region at the first run alone', () => {
  expect(makeSettings(team, scoring, { github: 'acme/models', homeRegion: 'us-east-1' }, []).region).toBe('us-east-1');
  expect(makeSettings(team, scoring, { github: 'acme/models' }, []).region).toBe('eu-west-1');
});

it('takes what the account records where the settings file is lost', () => {
  const before = makeSettings(team, scoring, { github: 'acme/models', branch: 'trunk', network: '10.1.0.0/20' }, []);
  const { github, network, artifacts_account } = before;
  const recorded = { region: 'us-east-1', github, network, artifacts_account };
  expect(makeSettings(team, scoring, {}, [], recorded)).toEqual({ ...before, region: 'us-east-1' });
  const other = makeSettings(team, scoring, {}, [], recorded, 'else/where');
  expect(other.github).toMatchObject({ owner: 'else', repository: 'where' });
});

it('refuses to trust nobody in particular', () => {
  expect(() => makeSettings(team, scoring, {}, [])).toThrow('--github OWNER/REPOSITORY');
  expect(() => makeSettings(team, scoring, { github: 'acme/*' }, [])).toThrow('found:    acme/*');
});

it('tells of a remote that is not the trusted repository, unless one is given', () => {
  const settings = makeSettings(team, scoring, { github: 'acme/models' }, []);
  expect(describeOtherOrigin(settings, {}, 'new/name')).toBe(
    'new/name is not the trusted repository; --github new/name lets its workflows deploy',
  );
  expect(describeOtherOrigin(settings, {}, 'Acme/models')).toBeUndefined();
  expect(describeOtherOrigin(settings, {}, undefined)).toBeUndefined();
  expect(describeOtherOrigin(settings, { github: 'acme/models' }, 'new/name')).toBeUndefined();
});

it("reads the settings of an account's services, also from a file without the service in its name", async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'settings-'));
  const first = makeSettings(together, scoring, { github: 'acme/models' }, []);
  const second = makeSettings(together, labelling, {}, [first]);
  const files = {
    [`${ACCOUNT}.tfvars.json`]: first,
    [`${ACCOUNT}-labelling.tfvars.json`]: second,
    [`${OTHER_ACCOUNT}-scoring.tfvars.json`]: { ...first, account: OTHER_ACCOUNT },
  };
  try {
    expect(await readSettingsFiles(root, ACCOUNT)).toEqual([]);
    await mkdir(path.join(root, SETTINGS_FOLDER), { recursive: true });
    for (const [name, settings] of Object.entries(files)) {
      await writeFile(path.join(root, SETTINGS_FOLDER, name), JSON.stringify(settings));
    }
    expect(await readSettingsFiles(root, ACCOUNT)).toEqual([
      { path: `${SETTINGS_FOLDER}/${ACCOUNT}-labelling.tfvars.json`, settings: second },
      { path: `${SETTINGS_FOLDER}/${ACCOUNT}.tfvars.json`, settings: first },
    ]);
    expect(await readSettingsFiles(root)).toHaveLength(3);
  } finally {
    await rm(root, { recursive: true });
  }
});

it.each([
  ['git@github.com:acme/models.git', 'acme/models'],
  ['https://github.com/acme/models.git', 'acme/models'],
  ['https://github.com/acme/models', 'acme/models'],
  ['ssh://git@github.com/acme/models.git\n', 'acme/models'],
  ['https://www.github.com/acme/models', 'acme/models'],
  ['https://user:token@github.com/acme/models.git', 'acme/models'],
  ['ssh://git@ssh.github.com:443/acme/models.git', 'acme/models'],
  ['github:acme/models.git', 'acme/models'],
  ['git@work:acme/models.git', 'acme/models'],
  ['git@github.com-work:acme/models.git', 'acme/models'],
  ['/srv/git/models.git', undefined],
  ['https://gitlab.com/acme/models.git', undefined],
  ['git@gitlab.com:acme/models.git', undefined],
  ['ssh://git@git.example.com/acme/models.git', undefined],
  ['https://github.com.example.com/acme/models.git', undefined],
  ['https://github.com@example.com/acme/models.git', undefined],
  ['git@github.com-work.example.com:acme/models.git', undefined],
  ['https://intranet/acme/models.git', undefined],
])('reads the repository of the remote %j', (url, expected) => {
  expect(repositoryOfRemote(url)).toBe(expected);
});
