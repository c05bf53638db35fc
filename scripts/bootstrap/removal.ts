import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { Contents } from './account-facts.ts';
import { modelBucketName, parseState, stateKey, withoutResources, type Facts } from './facts.ts';
import { deniedBucket, type Step } from './plan.ts';
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
const isProtected = (type: string): boolean => /^aws_(?:s3|ecr)_|^aws_iam_openid_connect_provider$/.test(type);

/**
 * The steps that take a service out of an account.
 *
 * @throws UserError when an environment still has resources, or the state is lost.
 */
export function decideRemoval(
  settings: BootstrapSettings,
  facts: Facts,
  contents: Contents,
  { mode, settingsFile }: { readonly mode: 'destroy' | 'move'; readonly settingsFile: string | null },
): Removal {
  const { service, account } = settings;
  const stateBucket = stateBucketName(settings);
  for (const [name, { kind }] of [
    [stateBucket, facts.bucket],
    [modelBucketName(settings), facts.models],
  ] as const) {
    if (kind === 'denied') throw new UserError(deniedBucket(name, account));
  }
  if (contents.liveStates.length > 0) {
    throw new UserError({
      what: `${service} still has environments in account ${account}`,
      where: contents.liveStates.map((key) => `s3://${stateBucket}/${key}`).join(', '),
      expected: 'states without resources',
      found: `${String(contents.liveStates.length)} with resources`,
      remedy: 'Retire each environment first, as docs/ownership.md describes.',
    });
  }
  const where = `s3://${stateBucket}/${stateKey(service)}`;
  const ours = Object.entries(facts.named).filter(([, { kind }]) => kind === 'ours');
  const isEmptyState = facts.state === null || parseState(where, facts.state).addresses.length === 0;
  const roles = ours.filter(([address]) => address.startsWith('aws_iam_'));
  if (facts.leftoverState !== null || facts.deletedState !== null || (facts.state === null && roles.length > 0)) {
    throw new UserError({
      what: `The state of ${service} is not in its bucket`,
      where,
      expected: 'the state of what is in the account',
      found: `no state, and ${String(ours.length)} resources of the service`,
      remedy: 'Run `npm run bootstrap` first, which adopts them, then --destroy again.',
    });
  }
  const state = facts.state === null || isEmptyState ? null : withoutResources(facts.state, isProtected);
  const left: string[] = [];
  const steps: Step[] = [];
  if (state !== null) steps.push({ kind: 'put-state', text: state }, { kind: 'destroy' });

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
    if (owner.kind === 'foreign') left.push(`${arn}: made elsewhere, with ${owner.found}`);
    else if (first !== undefined) {
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
  return { steps, left, state };
}
