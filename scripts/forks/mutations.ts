import { createHash } from 'node:crypto';
import type { EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { addRelease, setLive } from '../../actions/lib/domain/release/edit.ts';
import type { ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { trainSample } from '../../server/sample-model/sample-model.ts';
import { jsonFile, type Content, type EnvironmentContent, type Files } from './content.ts';
import { encodeTicketClassifier, TICKET_CASES } from './ticket-classifier.ts';

/** A way in which a fork changes its content, whatever that is. */
export interface Mutation {
  readonly name: string;
  readonly summary: string;
  apply(content: Content): Content;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'account-and-region',
    summary: 'other accounts and another region',
    apply: (content) => moveAll(content, 'ap-southeast-2'),
  },
  {
    name: 'us-gov',
    summary: 'a region of AWS GovCloud (US), with its accounts',
    apply: (content) => moveAll(content, 'us-gov-west-1'),
  },
  {
    name: 'china',
    summary: 'a region of AWS in China, with its accounts',
    apply: (content) => moveAll(content, 'cn-north-1'),
  },
  {
    name: 'two-accounts',
    summary: 'the last environment of each promotion chain in an account of its own',
    apply: (content) => {
      const last = services(content).map((service) => chainOf(content, service).at(-1));
      return mapEnvironments(content, (each, name) =>
        last.includes(name) ? moveTo(each, nextAccount(each.file.account), each.file.region) : each,
      );
    },
  },
  { name: 'service-name', summary: 'another service name', apply: renameService },
  {
    name: 'environment-removed',
    summary: 'one environment fewer in the longest promotion chain',
    apply: (content) => {
      const chain = longestChain(content);
      return chain.length === 1 ? content : withoutEnvironments(content, [middle(chain)]);
    },
  },
  {
    name: 'environment-renamed',
    summary: 'an environment of the longest promotion chain with another name',
    apply: (content) => {
      const old = middle(longestChain(content));
      return {
        ...content,
        environments: renameKey(content.environments, old, unused('qa', content.environments)),
      };
    },
  },
  {
    name: 'two-more-environments',
    summary: 'two more environments at the end of the longest promotion chain',
    apply: (content) => {
      const last = environmentOf(content, longestChain(content).at(-1));
      const next = (promotionOrder: number) => ({
        ...last,
        file: { ...last.file, promotionOrder },
        releases: NO_RELEASES,
      });
      return withEnvironments(content, {
        [unused('load', content.environments)]: next(last.file.promotionOrder + 1),
        [unused('recovery', content.environments)]: next(last.file.promotionOrder + 2),
      });
    },
  },
  {
    name: 'one-environment',
    summary: 'one environment alone',
    apply: (content) => {
      const [only = ''] = longestChain(content);
      const environment = environmentOf(content, only);
      const { service } = environment.file;
      return { environments: { [only]: environment }, models: { [service]: modelOf(content, service) } };
    },
  },
  {
    name: 'classifier',
    summary:
      'everything replaced: a classifier with text inputs and two outputs, no golden.json, other names, a build and a role of its own',
    apply: (content) => {
      const sample = anyEnvironment(content);
      const service = 'ticket-router';
      const others = smokeFiles(sample, TICKET_CASES);
      const start = moveTo(sample, nextAccount(sample.file.account), 'us-east-2');
      const environment = (promotionOrder: number) => ({
        ...start,
        file: {
          ...{ ...start.file, service, promotionOrder },
          iam: { roles: { plan: `arn:aws:iam::${start.file.account}:role/reads` } },
        },
        others,
      });
      return {
        environments: { lab: environment(10), live: environment(20) },
        models: {
          [service]: { 'model.onnx': Buffer.from(encodeTicketClassifier()), 'build.json': jsonFile(OWN_BUILD) },
        },
      };
    },
  },
  { name: 'second-service', summary: 'a second service with two environments', apply: addService },
  {
    name: 'releases',
    summary: 'releases as the workflows write them, of which the second is live',
    apply: (content) =>
      mapEnvironments(content, (each, name) => ({ ...each, releases: writtenReleases(content, name) })),
  },
  {
    name: 'notes',
    summary: 'notes and READMEs beside environments and models',
    apply: (content) => ({
      environments: mapEnvironments(content, (each) => ({ ...each, others: { ...each.others, ...NOTES } }))
        .environments,
      models: Object.fromEntries(
        Object.entries(content.models).map(([service, files]) => [service, { ...files, ...NOTES }]),
      ),
    }),
  },
];

/** For machines that reach no public registry; a rehearsal has neither the mirror nor the bucket. */
const OWN_BUILD = { arguments: { BASE: 'mirror.example.org/node:24' }, modelBucket: 'models-of-the-team' };

const NO_RELEASES: ReleaseFile = { $schema: '../release.schema.json', live: null, releases: {} };

// A team's own notes need no product's approval: neither their format nor their links.
const NOTES: Files = {
  'README.md': Buffer.from('Notes\n=====\n* owner:   the scoring team, see [the wiki](../../wiki/owners.md)\n'),
  'notes/2026-01-12.md': Buffer.from('Asked for a higher limit.\n'),
};

/** The services of the environments, sorted. */
function services(content: Content): readonly string[] {
  return [...new Set(Object.values(content.environments).map(({ file }) => file.service))].sort();
}

/** The environments of a service in promotion order. */
function chainOf(content: Content, service: string): readonly string[] {
  return Object.entries(content.environments)
    .filter(([, { file }]) => file.service === service)
    .sort(([, a], [, b]) => a.file.promotionOrder - b.file.promotionOrder)
    .map(([name]) => name);
}

function longestChain(content: Content): readonly string[] {
  return services(content)
    .map((service) => chainOf(content, service))
    .reduce((longest, chain) => (chain.length > longest.length ? chain : longest), []);
}

function middle(chain: readonly string[]): string {
  return chain[Math.floor(chain.length / 2)] ?? '';
}

function environmentOf(content: Content, name = ''): EnvironmentContent {
  const found = content.environments[name];
  if (found === undefined) throw new Error(`the content has no environment "${name}" to change`);
  return found;
}

function anyEnvironment(content: Content): EnvironmentContent {
  return environmentOf(content, longestChain(content)[0]);
}

function modelOf(content: Content, service: string): Files {
  const files = content.models[service];
  if (files === undefined) throw new Error(`the content has no model for the service "${service}"`);
  return files;
}

function mapEnvironments(
  content: Content,
  change: (environment: EnvironmentContent, name: string) => EnvironmentContent,
): Content {
  const changed = Object.entries(content.environments).map(([name, each]) => [name, change(each, name)] as const);
  return { ...content, environments: Object.fromEntries(changed) };
}

function withEnvironments(content: Content, added: Content['environments']): Content {
  return { ...content, environments: { ...content.environments, ...added } };
}

function withoutEnvironments(content: Content, names: readonly string[]): Content {
  const left = Object.entries(content.environments).filter(([name]) => !names.includes(name));
  return { ...content, environments: Object.fromEntries(left) };
}

function renameKey<Value>(record: Readonly<Record<string, Value>>, old: string, next: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key === old ? next : key, value]));
}

function unused(name: string, taken: Readonly<Record<string, unknown>>): string {
  return Object.hasOwn(taken, name) ? unused(`${name}-2`, taken) : name;
}

/** Another account id for each account id. */
function nextAccount(account: string): string {
  return account.replaceAll(/\d/g, (digit) => String((Number(digit) + 3) % 10));
}

/** An environment elsewhere, without what it has in its old account and region. */
function moveTo(environment: EnvironmentContent, account: string, region: string): EnvironmentContent {
  const bound = { network: null, kmsKeyArn: null, notifications: { snsTopicArn: null } };
  return { ...environment, file: { ...environment.file, ...bound, account, region }, releases: NO_RELEASES };
}

function moveAll(content: Content, region: string): Content {
  return mapEnvironments(content, (each) => moveTo(each, nextAccount(each.file.account), region));
}

function renameService(content: Content): Content {
  const old = anyEnvironment(content).file.service;
  const service = unused('fraud-scores', content.models);
  const renamed = mapEnvironments(content, (each) =>
    each.file.service === old ? { ...each, file: { ...each.file, service }, releases: NO_RELEASES } : each,
  );
  return { ...renamed, models: renameKey(content.models, old, service) };
}

function addService(content: Content): Content {
  const sample = anyEnvironment(content);
  const service = unused('churn', content.models);
  const { model, golden } = trainSample({ seed: 29 });
  const environment = (promotionOrder: number): EnvironmentContent => ({
    file: { ...sample.file, service, promotionOrder },
    releases: NO_RELEASES,
    others: smokeFiles(sample, golden.cases),
  });
  return {
    environments: {
      ...content.environments,
      [unused('churn-trial', content.environments)]: environment(1),
      [unused('churn-live', content.environments)]: environment(2),
    },
    models: { ...content.models, [service]: { 'model.onnx': Buffer.from(model), 'golden.json': jsonFile(golden) } },
  };
}

/** The smoke cases file of an environment with other cases. */
function smokeFiles({ file, others }: EnvironmentContent, cases: readonly unknown[]): Files {
  const name = file.smoke.cases;
  const before: unknown = JSON.parse(Buffer.from(others[name] ?? []).toString('utf8'));
  if (typeof before !== 'object') throw new Error(`${name} holds no object`);
  return { [name]: jsonFile({ ...before, cases }) };
}

/** Three releases that were promoted along the chain, of which the second is live again after a rollback. */
function writtenReleases(content: Content, name: string): ReleaseFile {
  const { file } = environmentOf(content, name);
  const chain = chainOf(content, file.service);
  const promotedFrom = chain[chain.indexOf(name) - 1] ?? null;
  const added = [1, 2, 3].reduce<{ file: ReleaseFile; ids: readonly string[] }>(
    (before, number) => {
      const after = addRelease(
        before.file,
        {
          image: `${registryOf(file)}/${file.service}@sha256:${sha256(`${file.service} image ${number}`)}`,
          model: null,
          instanceType: 'ml.m5.large',
          instanceCount: 2,
          environment: { LOG_LEVEL: 'info', REQUEST_TIMEOUT_SECONDS: '30' },
          startupTimeoutSeconds: 300,
        },
        {
          commit: sha256(`commit ${number}`).slice(0, 40),
          createdAt: `2026-0${number}-01T12:00:00Z`,
          promotedFrom,
        },
      );
      return { file: after.file, ids: [...before.ids, after.id] };
    },
    { file: NO_RELEASES, ids: [] },
  );
  return setLive(added.file, added.ids[1] ?? '', `environments/${name}/release.json`);
}

function registryOf({ account, region }: EnvironmentFile): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
