import { z } from 'zod';
import { resourceAction, type PlanJson, type PlannedResource } from '../../actions/lib/domain/plan/plan-json.ts';
import { canonicalStatement } from '../../actions/lib/domain/plan/policy-documents.ts';
import { extraPolicies, member, overwrittenSettings } from './adoption.ts';
import { OIDC_AUDIENCE } from './facts.ts';
import type { Decision, Step } from './plan.ts';
import type { Removal } from './removal.ts';
import type { BootstrapSettings } from './settings.ts';

/** A change that `--yes` doesn't cover, by the flag that allows it. */
export type Consent = 'allow-destroy' | 'allow-trust-change';

/** What a run does to an account. */
export interface Summary {
  /** About ten lines for a person. */
  readonly lines: readonly string[];
  /** Whether the run has anything to do. */
  readonly changes: boolean;
  /** The flags without which the run is refused. */
  readonly needs: readonly Consent[];
  /** Every change that needs a flag; what is applied may hold no other. */
  readonly dangers: readonly string[];
}

/** Where the settings are stored, and whether the file has them already. */
export interface SettingsTarget {
  /** Relative to the repository. */
  readonly file: string;
  readonly isCurrent: boolean;
}

/** Compares what Terraform plans with the account as it is. */
export function summarise(decision: Decision, plan: PlanJson, target: SettingsTarget): Summary {
  const { settings, steps, stateText, notes, rolePolicies } = decision;
  const { service, account, region, github } = settings;
  const repository = `${github.owner}/${github.repository}`;
  const changed = plan.resource_changes.filter(({ mode }) => mode === 'managed');
  const of = (...actions: readonly string[]) =>
    changed.filter(({ change }) => actions.includes(resourceAction(change)));
  const adopted = changed.filter(({ change }) => change.importing !== undefined);
  const destroyed = of('delete');
  const replaced = of('replace');
  const audience = steps.flatMap((step) => (step.kind === 'add-audience' ? [step.arn] : []));
  const trusts = [
    ...trustChanges(changed, repository),
    ...audience.map((arn) => `${arn} accepts the audience ${OIDC_AUDIENCE} too`),
  ];
  const deleted = deletions(steps);
  const overwritten = overwrittenSettings(changed);
  const detached = steps.flatMap((step) => (step.kind === 'delete-policy' ? [step.arn] : []));
  const extra = extraPolicies(changed, rolePolicies, detached).map(({ role, isAdopted, names }) => ({
    isAdopted,
    text: `${role} keeps policies that are not of this configuration: ${names.join(', ')}`,
  }));
  const gained = extra.flatMap(({ isAdopted, text }) => (isAdopted ? [text] : []));
  const newRoles = of('create').filter(({ type }) => type === 'aws_iam_role').length;
  const trust = [...trusts, ...(newRoles === 0 ? [] : [`${counted(newRoles, 'new role')} for ${repository}`])];
  const outputs = Object.values(plan.output_changes).filter((change) => resourceAction(change) !== 'no-op');
  const hasOnlyOutputs = outputs.length > 0 && of('create', 'update', 'replace', 'delete').length === 0;
  const needs: Consent[] = [];
  if (destroyed.length + replaced.length + deleted.length + overwritten.length > 0) needs.push('allow-destroy');
  if (trusts.length + gained.length > 0) needs.push('allow-trust-change');
  const before = steps.some(({ kind }) => kind !== 'apply' && kind !== 'write-settings');
  return {
    lines: [
      `${service} in account ${account}, home region ${region}`,
      line('github', `${repository}, branch ${github.branch}`),
      line('settings', `${target.file}, ${target.isCurrent ? 'as it is' : 'written at the end'}`),
      line('state', stateText),
      line('provider', settings.oidc_provider_arn ?? 'owned by this service'),
      ...notes.map(([word, text]) => line(word, text)),
      line('adopt', names(service, adopted)),
      line('make', names(service, of('create'))),
      line('change', hasOnlyOutputs ? 'the outputs in the state' : names(service, of('update'))),
      line('replace', names(service, replaced)),
      line('destroy', names(service, destroyed)),
      ...(deleted.length === 0
        ? []
        : [line('delete', `${deleted.join(', ')}: neither in the settings nor in the state`)]),
      ...(overwritten.length === 0 ? [] : [line('overwrite', overwritten.join('; '))]),
      ...extra.map(({ text }) => line('policies', text)),
      line('trust', trust.join('; ') || 'unchanged'),
      line('needs', needs.map((flag) => `--${flag}`).join(' ') || 'no flag'),
    ],
    changes:
      before ||
      !target.isCurrent ||
      adopted.length > 0 ||
      outputs.length > 0 ||
      of('create', 'update', 'replace', 'delete', 'forget').length > 0,
    needs,
    dangers: [
      ...[...destroyed, ...replaced].map(({ address, change }) => `${resourceAction(change)} ${address}`),
      ...deleted.map((each) => `delete ${each}`),
      ...overwritten.map((each) => `overwrite the ${each}`),
      ...trusts,
      ...gained,
    ],
  };
}

/** What the steps delete by the API, beside what Terraform destroys. */
function deletions(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'delete-repository') return [`image repository ${step.name}`];
    if (step.kind === 'delete-role') return [`role ${step.name}`];
    if (step.kind === 'delete-policy') return [`policy ${step.name}`];
    if (step.kind === 'delete-bucket') return [`bucket ${step.bucket}`];
    return step.kind === 'delete-provider' ? ['the OIDC provider'] : [];
  });
}

/** What `--destroy` does to an account, and what it leaves; a move then sets the service up again. */
export function summariseRemoval(
  { service, account, region }: BootstrapSettings,
  { steps, left }: Removal,
  plan: PlanJson | null,
  then?: Summary,
): Summary {
  const destroyed = (plan?.resource_changes ?? []).filter(({ change }) => resourceAction(change) === 'delete');
  const files = steps.flatMap((step) => (step.kind === 'remove-file' ? [step.file] : []));
  return {
    lines: [
      `${service} in account ${account}, home region ${region}`,
      line('destroy', names(service, destroyed)),
      line('delete', deletions(steps).join('; ') || 'nothing'),
      line('remove', files.map((file) => `${file.split('/').at(-1) ?? ''} in the checkout`).join('; ') || 'no file'),
      ...left.map((each) => line('leave', each)),
      ...(then === undefined ? [] : ['and then', ...then.lines]),
    ],
    changes: steps.length > 0,
    // --destroy and --move-home-region are flags of their own.
    needs: then?.needs ?? [],
    dangers: then?.dangers ?? [],
  };
}

function line(word: string, text: string): string {
  return `  ${word.padEnd(9)} ${text}`;
}

/** Resources that are listed by name: what they are called, and the attribute that names them. */
const KNOWN: Readonly<Record<string, readonly [one: string, several: string, attribute: string]>> = {
  aws_s3_bucket: ['bucket', 'buckets', 'bucket'],
  aws_ecr_repository: ['image repository', 'image repositories', 'name'],
  aws_iam_openid_connect_provider: ['OIDC provider', 'OIDC providers', 'url'],
  aws_iam_role: ['role', 'roles', 'name'],
  aws_iam_policy: ['policy', 'policies', 'name'],
  aws_vpc: ['network', 'networks', 'cidr_block'],
};

/** Resources as one text: those with a known name by it, of the others three at most by their address. */
function names(service: string, resources: readonly PlannedResource[]): string {
  const groups = Object.entries(KNOWN).flatMap(([type, [one, several, attribute]]) => {
    const found = resources
      .filter((each) => each.type === type)
      .map((each) => shortName(service, each, attribute))
      .sort();
    return found.length === 0 ? [] : [`${found.length === 1 ? one : several} ${found.join(', ')}`];
  });
  const rest = resources.filter(({ type }) => KNOWN[type] === undefined);
  const others = rest.length <= 3 ? rest.map(({ address }) => address) : [`${String(rest.length)} settings of them`];
  return [...groups, ...others].join('; ') || 'nothing';
}

function shortName(service: string, { address, type, change }: PlannedResource, attribute: string): string {
  const name = member(change.after, attribute) ?? member(change.before, attribute);
  if (typeof name !== 'string') return address;
  return type.startsWith('aws_iam_') ? name.replace(/^https:\/\//, '').replace(`${service}-`, '') : name;
}

function counted(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** Who is let in differently afterwards, each as a sentence. */
function trustChanges(changed: readonly PlannedResource[], wanted: string): readonly string[] {
  const roles = new Map<string, string[]>();
  const others: string[] = [];
  for (const { type, change } of changed) {
    if (!['update', 'replace'].includes(resourceAction(change))) continue;
    if (type === 'aws_iam_openid_connect_provider') {
      const before = audiencesOf(change.before);
      const after = audiencesOf(change.after);
      if (before !== after) others.push(`the OIDC provider accepts ${after} instead of ${before}`);
    } else if (type === 'aws_iam_role') {
      const name = String(member(change.before, 'name'));
      if (hasBoundary(change.before) && !hasBoundary(change.after))
        others.push(`the permissions boundary of ${name} is removed`);
      const before = trustOf(member(change.before, 'assume_role_policy'), 'others');
      const after = trustOf(member(change.after, 'assume_role_policy'), wanted);
      if (before.text === after.text) continue;
      const move =
        before.repositories === after.repositories
          ? 'other subjects, conditions or provider'
          : `${before.repositories} becomes ${after.repositories}`;
      roles.set(move, [...(roles.get(move) ?? []), name]);
    }
  }
  return [
    ...[...roles].map(([move, of]) => `${of.length === 1 ? (of[0] ?? '') : counted(of.length, 'role')}: ${move}`),
    ...others,
  ];
}

/** Somebody who limits a role by hand means it. */
function hasBoundary(role: unknown): boolean {
  const boundary = member(role, 'permissions_boundary');
  return typeof boundary === 'string' && boundary !== '';
}

function audiencesOf(provider: unknown): string {
  const audiences = z.array(z.string()).safeParse(member(provider, 'client_id_list'));
  return audiences.success ? [...audiences.data].sort().join(', ') : 'unknown audiences';
}

const values = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const trustSchema = z.object({
  Statement: z.array(
    z.looseObject({
      Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
    }),
  ),
});

interface Trust {
  /** Everything that decides who may take the role, in one form. */
  readonly text: string;
  readonly repositories: string;
}

/** A trust policy; of one that names a provider yet to be made only the repository is known. */
function trustOf(policy: unknown, unknownRepositories: string): Trust {
  if (typeof policy !== 'string') return { text: '', repositories: unknownRepositories };
  const parsed = trustSchema.safeParse(JSON.parse(policy));
  if (!parsed.success) return { text: policy, repositories: 'others' };
  const statements = parsed.data.Statement;
  const subjects = statements
    .flatMap(({ Condition }) => Object.values(Condition).flatMap((keys) => Object.entries(keys)))
    .flatMap(([key, allowed]) => (key.endsWith(':sub') ? allowed : []));
  const repositories = new Set(subjects.map((subject) => subject.split(':')[1] ?? subject));
  return {
    text: JSON.stringify(statements.map((statement) => canonicalStatement({ ...statement, Sid: null })).sort()),
    repositories: [...repositories].sort().join(', ') || 'others',
  };
}
