import { basename } from 'node:path';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { UserError, type UserErrorParts } from '../../actions/lib/domain/errors/user-error.ts';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import {
  modelBucketName,
  namedResources,
  OIDC_AUDIENCE,
  parseState,
  stateKey,
  withoutTaints,
  type BucketFact,
  type Facts,
  type NamedResource,
  type Owner,
  type RolePolicies,
  type State,
} from './facts.ts';
import { chooseNetwork } from './network.ts';
import type { BootstrapSettings } from './settings.ts';
import type { Import, StateSource } from './terraform.ts';

/** One idempotent step. */
export type Step =
  | { readonly kind: 'make-state-bucket' }
  | { readonly kind: 'put-state'; readonly text: string }
  | { readonly kind: 'add-audience'; readonly arn: string }
  | { readonly kind: 'revoke-egress'; readonly group: string; readonly rule: string }
  | { readonly kind: 'apply'; readonly imports: readonly Import[] }
  | { readonly kind: 'write-settings' }
  | { readonly kind: 'destroy' }
  | { readonly kind: 'delete-role'; readonly name: string }
  | { readonly kind: 'delete-policy'; readonly name: string; readonly arn: string }
  | { readonly kind: 'delete-repository'; readonly name: string }
  | { readonly kind: 'delete-bucket'; readonly bucket: string }
  | { readonly kind: 'delete-provider'; readonly arn: string }
  | { readonly kind: 'retag-provider'; readonly arn: string; readonly service: string }
  | { readonly kind: 'remove-file'; readonly file: string };

/** What a run does to an account, before Terraform has planned. */
export interface Decision {
  /** With the OIDC provider that is to be used. */
  readonly settings: BootstrapSettings;
  /** The state that Terraform plans with. */
  readonly state: StateSource;
  /** What Terraform imports at planning time. */
  readonly imports: readonly Import[];
  readonly steps: readonly Step[];
  /** How the state gets to its bucket, in words. */
  readonly stateText: string;
  /** The policies of the service's roles as they are. */
  readonly rolePolicies: readonly RolePolicies[];
  /** Further lines of the plan: a word, and the text. */
  readonly notes: readonly (readonly [word: string, text: string])[];
}

/**
 * The steps that bring an account from its facts to the wanted settings.
 *
 * @throws UserError with every reason why the account can't be set up as it is.
 */
export function decide(wanted: BootstrapSettings, found: Facts): Decision {
  const { service } = wanted;
  // The model bucket matters only where the service keeps its models in this account.
  const facts: Facts = wanted.artifacts === null ? { ...found, models: { kind: 'missing' } } : found;
  const bucket = stateBucketName(wanted);
  const source = chooseState(service, bucket, facts);
  const { state } = source;
  const inState = new Set(state?.addresses ?? []);
  const network = chooseNetwork(wanted, facts.networks, state);
  const problems = [
    ...source.problems,
    ...network.problems,
    ...findForeign(wanted, facts, inState),
    ...findOwnArtifacts(wanted, found, inState),
  ];
  if (facts.bucket.kind === 'there' && facts.bucket.region !== wanted.region) {
    problems.push(otherRegion(wanted, `The state bucket ${bucket}`, facts.bucket.region, true));
  } else if (facts.models.kind === 'there' && facts.models.region !== wanted.region) {
    problems.push(
      otherRegion(
        wanted,
        `The model bucket ${modelBucketName(wanted)}`,
        facts.models.region,
        facts.bucket.kind === 'there',
      ),
    );
  }
  const [first] = problems;
  if (first !== undefined) throw refusal(first, problems);

  const provider = chooseProvider(facts, inState);
  const imports = [
    ...(facts.bucket.kind === 'there' ? [{ to: 'aws_s3_bucket.state', id: bucket }] : []),
    ...(facts.models.kind === 'there' ? [{ to: 'aws_s3_bucket.models[0]', id: modelBucketName(wanted) }] : []),
    ...namedResources(wanted, partitionOf(wanted.region))
      .filter(({ address }) => facts.named[address] !== undefined)
      .map(({ address, id }) => ({ to: address, id })),
    ...facts.settings,
    ...network.imports,
    ...provider.imports,
  ].filter(({ to }) => !inState.has(to));
  // The state bucket is there by the time that Terraform applies.
  const isBucketKnown = inState.has('aws_s3_bucket.state') || facts.bucket.kind === 'there';
  const applyImports = isBucketKnown ? imports : [{ to: 'aws_s3_bucket.state', id: bucket }, ...imports];
  return {
    settings: { ...wanted, oidc_provider_arn: provider.arn },
    state: facts.state !== null && source.put === null ? { kind: 'bucket' } : { kind: 'copy', text: source.put },
    imports,
    stateText: source.text,
    rolePolicies: facts.rolePolicies,
    notes: [
      ...network.notes.map((text) => ['network', text] as const),
      ...network.openRules.map(({ group }) => ['revoke', `the rule that lets all traffic out of ${group}`] as const),
    ],
    steps: [
      ...(facts.state === null ? [{ kind: 'make-state-bucket' as const }] : []),
      ...(source.put === null ? [] : [{ kind: 'put-state' as const, text: source.put }]),
      ...(provider.addAudience === null ? [] : [{ kind: 'add-audience' as const, arn: provider.addAudience }]),
      ...network.openRules.map(({ group, id }) => ({ kind: 'revoke-egress' as const, group, rule: id })),
      { kind: 'apply', imports: applyImports },
      ...deletionSteps(facts.unwanted, inState),
      { kind: 'write-settings' },
      ...(facts.leftoverState === null ? [] : [{ kind: 'remove-file' as const, file: facts.leftoverState.file }]),
    ],
  };
}

interface ChosenState {
  readonly state: State | null;
  /** The text that has to be put into the bucket; null where the bucket has the right one, or there is none. */
  readonly put: string | null;
  readonly text: string;
  readonly problems: readonly UserErrorParts[];
}

/** The state to go on with. A resource that a failed run has tainted is kept. */
function chooseState(service: string, bucket: string, facts: Facts): ChosenState {
  const chosen = findState(service, bucket, facts);
  const text = chosen.put ?? facts.state;
  if (text === null || chosen.state === null || chosen.state.tainted.length === 0) return chosen;
  const count = chosen.state.tainted.length;
  const kept = `${String(count)} unfinished resource${count === 1 ? '' : 's'} kept`;
  return { ...chosen, put: withoutTaints(text), text: `${chosen.text}; ${kept}` };
}

export function findState(service: string, bucket: string, facts: Facts): ChosenState {
  const where = `s3://${bucket}/${stateKey(service)}`;
  const inBucket = facts.state === null ? null : parseState(where, facts.state);
  const { leftoverState: leftover, deletedState: deleted } = facts;
  const there = `serial ${String(inBucket?.serial)}, in ${bucket}`;
  if (leftover !== null) {
    const found = parseState(leftover.file, leftover.text);
    const migrated = `serial ${String(found.serial)}, moved from ${basename(leftover.file)} to ${bucket}`;
    if (inBucket === null) return { state: found, put: leftover.text, text: migrated, problems: [] };
    if (inBucket.lineage !== found.lineage) {
      const problem: UserErrorParts = {
        what: `There are two states of ${service}`,
        where: `${where} and ${leftover.file}`,
        expected: `one lineage, ${inBucket.lineage}`,
        found: `${found.lineage} in the file, with ${String(found.addresses.length)} resources`,
        remedy: 'Remove the file if the bucket has the right state; otherwise delete the object in the bucket.',
      };
      return { state: inBucket, put: null, text: there, problems: [problem] };
    }
    return found.serial > inBucket.serial
      ? { state: found, put: leftover.text, text: migrated, problems: [] }
      : { state: inBucket, put: null, text: `${there}; the older ${basename(leftover.file)} is removed`, problems: [] };
  }
  if (inBucket !== null) return { state: inBucket, put: null, text: there, problems: [] };
  if (deleted === null) return { state: null, put: null, text: `none yet, made in ${bucket}`, problems: [] };
  const state = parseState(where, deleted.text);
  const text = `deleted from ${bucket}, restored from its version of ${deleted.date.slice(0, 10)}`;
  return { state, put: deleted.text, text, problems: [] };
}

/** What is there under a name of ours and belongs to somebody else. */
function findForeign(wanted: BootstrapSettings, facts: Facts, inState: ReadonlySet<string>): readonly UserErrorParts[] {
  const { service, account } = wanted;
  const check = (what: string, address: string, owner: Owner, tagCommand: string): readonly UserErrorParts[] => {
    if (owner.kind === 'ours' || inState.has(address)) return [];
    return [
      {
        what: `The ${what} belongs to somebody else`,
        where: `account ${account}`,
        expected: `none, or one with the tags Service=${service} and ManagedBy=terraform`,
        found: owner.found,
        remedy: `Rename the service in environment.json, or remove the ${what}. If it is this service's, tag it: ${tagCommand}`,
      },
    ];
  };
  const checkBucket = (name: string, address: string, fact: BucketFact): readonly UserErrorParts[] => {
    if (fact.kind === 'missing') return [];
    const tags = `aws s3api put-bucket-tagging --bucket ${name} --tagging 'TagSet=[{Key=Service,Value=${service}},{Key=ManagedBy,Value=terraform}]' (it replaces all tags of the bucket: add those to keep)`;
    if (fact.kind === 'there') return check(`bucket ${name}`, address, fact.owner, tags);
    return [deniedBucket(name, account)];
  };
  // A bucket that holds our state is ours, whatever its tags.
  const stateBucket =
    facts.state === null ? checkBucket(stateBucketName(wanted), 'aws_s3_bucket.state', facts.bucket) : [];
  const named = namedResources(wanted, partitionOf(wanted.region)).flatMap(({ kind, name, address, id }) => {
    const owner = facts.named[address];
    const tags = `Key=Service,Value=${service} Key=ManagedBy,Value=terraform`;
    const command = {
      role: `aws iam tag-role --role-name ${name} --tags ${tags}`,
      policy: `aws iam tag-policy --policy-arn ${id} --tags ${tags}`,
      repository: `aws ecr tag-resource --resource-arn arn:${partitionOf(wanted.region)}:ecr:${wanted.region}:${account}:repository/${name} --tags ${tags}`,
    }[kind];
    return owner === undefined
      ? []
      : check(`${kind === 'repository' ? 'image repository' : kind} ${name}`, address, owner, command);
  });
  return [...stateBucket, ...checkBucket(modelBucketName(wanted), 'aws_s3_bucket.models[0]', facts.models), ...named];
}

export function deniedBucket(name: string, account: string): UserErrorParts {
  return {
    what: `The bucket ${name} can't be read`,
    expected: `none, or a bucket of account ${account}`,
    found: 'S3 denies access: it belongs to another account, or the credentials lack s3:ListBucket',
    remedy:
      'Use credentials that may read it. If it belongs to another account, rename the service in environment.json.',
  };
}

/** Terraform would refuse to destroy them: they are protected, whether they are empty or not. */
function findOwnArtifacts(
  { service, account, artifacts, artifacts_account }: BootstrapSettings,
  { models, named }: Facts,
  inState: ReadonlySet<string>,
): readonly UserErrorParts[] {
  if (artifacts !== null) return [];
  const bucket = modelBucketName({ service, account });
  const isOurModels = models.kind === 'there' && models.owner.kind === 'ours';
  const repository = 'aws_ecr_repository.service[0]';
  const found = [
    ...(inState.has(repository) || named[repository]?.kind === 'ours' ? [`image repository ${service}`] : []),
    ...(inState.has('aws_s3_bucket.models[0]') || isOurModels ? [`bucket ${bucket}`] : []),
  ];
  if (found.length === 0) return [];
  return [
    {
      what: `Account ${account} holds the artifacts of ${service} already`,
      where: `--artifacts-account ${artifacts_account ?? ''}`,
      expected: `no image repository and no model bucket of ${service} in account ${account}`,
      found: found.join(', '),
      remedy: `Keep them with --artifacts-account ${account}. To move them, retire the environments and empty both, take the service out with --destroy, then set it up with --artifacts-account ${artifacts_account ?? ''}.`,
    },
  ];
}

/** Deletes what Terraform does not know: roles first, as a policy can't be deleted while it is attached. */
export function deletionSteps(resources: readonly NamedResource[], inState: ReadonlySet<string>): readonly Step[] {
  const unknown = resources.filter(({ address }) => !inState.has(address));
  return [
    ...unknown.flatMap(({ kind, name }) => (kind === 'role' ? [{ kind: 'delete-role' as const, name }] : [])),
    ...unknown.flatMap(({ kind, name, id }) =>
      kind === 'policy' ? [{ kind: 'delete-policy' as const, name, arn: id }] : [],
    ),
  ];
}

function otherRegion(
  { service, account, region }: BootstrapSettings,
  what: string,
  found: string,
  isSetUp: boolean,
): UserErrorParts {
  return {
    what: `${what} is in another region than the home region of ${service}`,
    where: `account ${account}`,
    expected: region,
    found,
    remedy: isSetUp
      ? `Set "region" in the settings file to ${found}, or move everything with --move-home-region ${region}.`
      : `Keep everything of the service in that region with --home-region ${found}, or delete the bucket.`,
  };
}

export function refusal(first: UserErrorParts, problems: readonly UserErrorParts[]): UserError {
  if (problems.length === 1) return new UserError(first);
  const others = problems.slice(1).map(({ what }) => what);
  return new UserError({ ...first, what: `${first.what}. Also: ${others.join('; ')}`, problems });
}

interface ChosenProvider {
  /** Null where Terraform owns it. */
  readonly arn: string | null;
  readonly imports: readonly Import[];
  readonly addAudience: string | null;
}

/** An account has one provider for GitHub: the service that was set up first owns it, the others use it. */
function chooseProvider({ provider }: Facts, inState: ReadonlySet<string>): ChosenProvider {
  const address = 'aws_iam_openid_connect_provider.github[0]';
  if (provider === null || inState.has(address)) return { arn: null, imports: [], addAudience: null };
  const { arn, audiences, owner } = provider;
  if (owner.kind === 'ours') return { arn: null, imports: [{ to: address, id: arn }], addAudience: null };
  return { arn, imports: [], addAudience: audiences.includes(OIDC_AUDIENCE) ? null : arn };
}
