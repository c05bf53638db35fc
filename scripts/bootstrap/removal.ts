import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { Contents } from './account-facts.ts';
import { partitionOf } from '../../actions/lib/domain/environment/regions.ts';
import {
  modelBucketName,
  namedResources,
  parseState,
  stateKey,
  withoutResources,
  type Facts,
  type State,
} from './facts.ts';
import { deletionSteps, deniedBucket, findState, refusal, type Step } from './plan.ts';
import { networksToLeave } from './network.ts';
import type { BootstrapSettings } from './settings.ts';

/** What `--destroy` does to an account. */
export interface Removal {
  readonly steps: readonly Step[];
  /** What stays in the account and why, each as a sentence. */
  readonly left: readonly string[];
  /** The state that Terraform destroys, without what the later steps delete; null where nothing is left for it. */
  readonly state: string | null;
}

/** Terraform protects these; they are deleted one by one, and only while they are empty or unused. */
const isProtected = ({ type }: { readonly type: string }): boolean =>
  /^aws_(?:s3|ecr)_|^aws_iam_openid_connect_provider$/.test(type);

/**
 * The steps that take a service out of an account.
 *
 * @throws UserError when an environment still has resources, or there are two states.
 */
export function decideRemoval(
  settings: BootstrapSettings,
  facts: Facts,
  contents: Contents,
  { mode, settingsFile }: { readonly mode: 'destroy' | 'move'; readonly settingsFile: string | null },
): Removal {
  const { service, account } = settings;
  const stateBucket = stateBucketName(settings);
  if (facts.bucket.kind === 'denied') throw new UserError(deniedBucket(stateBucket, account));
  if (facts.models.kind === 'denied' && settings.artifacts !== null) {
    throw new UserError(deniedBucket(modelBucketName(settings), account));
  }
  if (contents.liveStates.length > 0) {
    throw new UserError({
      what: `${service} still has environments in account ${account}`,
      where: contents.liveStates.map((key) => `s3://${stateBucket}/${key}`).join(', '),
      expected: 'states without resources',
      found: `${String(contents.liveStates.length)} with resources`,
      remedy:
        'Retire each environment first, as environments/README.md describes; restore a folder that has left from Git.',
    });
  }
  if (contents.deletedStates.length > 0) {
    const restore = contents.deletedStates.map(
      ({ key, marker }) => `aws s3api delete-object --bucket ${stateBucket} --key ${key} --version-id ${marker}`,
    );
    throw new UserError({
      what: `States of ${service} in account ${account} were deleted while they had resources`,
      where: contents.deletedStates.map(({ key }) => `s3://${stateBucket}/${key}`).join(', '),
      expected: 'states without resources, or none',
      found: `${String(restore.length)} with a delete marker as its current version`,
      remedy: `Restore each, then retire its environment: ${restore.join('; ')}. Where its resources are gone, delete all versions of the object in the S3 console.`,
    });
  }
  const parse = (text: string | null): State | null =>
    text === null ? null : parseState(`s3://${stateBucket}/${stateKey(service)}`, text);
  const hasOurBucket = facts.bucket.kind === 'there' && (facts.bucket.owner.kind === 'ours' || facts.state !== null);
  const source = findState(service, stateBucket, facts);
  const [problem] = source.problems;
  if (problem !== undefined) throw refusal(problem, source.problems);
  const found = hasOurBucket ? (source.put ?? facts.state) : null;
  const known = parse(found);
  const inState = known?.addresses ?? [];
  const networks = networksToLeave(facts.networks, known);
  const isKept = (each: { readonly type: string; readonly module?: string | undefined }): boolean =>
    isProtected(each) || (!networks.isComplete && each.module !== undefined);
  const rest = found === null ? null : withoutResources(found, isKept);
  const state = (parse(rest)?.addresses ?? []).length === 0 ? null : rest;
  const left: string[] = [...networks.left];
  const steps: Step[] = [];
  if (rest !== null && inState.length > 0) steps.push({ kind: 'put-state', text: rest });
  if (state !== null) steps.push({ kind: 'destroy' });
  const ours = namedResources(settings, partitionOf(settings.region)).filter(
    ({ address }) => facts.named[address]?.kind === 'ours',
  );
  steps.push(...deletionSteps([...ours, ...facts.unwanted], new Set(inState)));

  if (facts.named['aws_ecr_repository.service[0]']?.kind === 'ours') {
    if (contents.hasImages) left.push(`image repository ${service}: it has images`);
    else steps.push({ kind: 'delete-repository', name: service });
  }
  if (facts.models.kind === 'there') {
    const bucket = modelBucketName(settings);
    if (facts.models.owner.kind === 'foreign') left.push(`bucket ${bucket}: it has ${facts.models.owner.found}`);
    else if (facts.models.isEmpty) steps.push({ kind: 'delete-bucket', bucket });
    else left.push(`bucket ${bucket}: it has models, or versions of them`);
  }
  // A move needs the provider again.
  if (facts.provider !== null && mode === 'destroy') {
    const { arn, owner } = facts.provider;
    const [first] = contents.otherTrusts;
    if (owner.kind === 'foreign') {
      const command = `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`;
      const unused = first === undefined ? `; no other role trusts it, ${command} deletes it` : '';
      left.push(`${arn}: made elsewhere, with ${owner.found}${unused}`);
    } else if (contents.nextOwner !== null) {
      steps.push({ kind: 'retag-provider', arn, service: contents.nextOwner });
      left.push(`${arn}: ${contents.nextOwner} uses it, and owns it from then on`);
    } else if (first !== undefined) {
      left.push(`${arn}: roles outside the service trust it, such as ${first}`);
    } else steps.push({ kind: 'delete-provider', arn });
  }
  if (facts.bucket.kind === 'there' && facts.bucket.owner.kind === 'foreign' && facts.state === null) {
    left.push(`bucket ${stateBucket}: it has ${facts.bucket.owner.found}`);
  } else if (facts.bucket.kind === 'there') {
    const first = contents.stateKeys.find((key) => !key.endsWith('.tfstate'));
    if (first === undefined) steps.push({ kind: 'delete-bucket', bucket: stateBucket });
    else left.push(`bucket ${stateBucket}: it has records of deployments, such as ${first}`);
  }
  if (settingsFile !== null) steps.push({ kind: 'remove-file', file: settingsFile });
  if (facts.leftoverState !== null && hasOurBucket) steps.push({ kind: 'remove-file', file: facts.leftoverState.file });
  return { steps, left, state };
}

/** The facts after a move has removed the service: what belongs to others stays. */
export function factsAfterRemoval(facts: Facts): Facts {
  const nothing = { bucket: { kind: 'missing' }, models: { kind: 'missing' }, unwanted: [], lock: null } as const;
  const named = Object.fromEntries(Object.entries(facts.named).filter(([, { kind }]) => kind === 'foreign'));
  return {
    ...facts,
    ...nothing,
    named,
    networks: [],
    settings: [],
    rolePolicies: [],
    state: null,
    deletedState: null,
    leftoverState: null,
  };
}
