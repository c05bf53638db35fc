import type { Counts, FailedResult, ResourceSummary, WarningId } from './summary.ts';

/** What a warning says to a reviewer. */
export interface WarningWords {
  readonly title: string;
  /** Why it matters, in a sentence. */
  readonly reason: string;
  /** Whether the check stays red until somebody has accepted it in the pull request. */
  readonly mustAccept: boolean;
}

/** Every warning's words: a new one without words does not compile. */
export const WARNING_WORDS: Readonly<Record<WarningId, WarningWords>> = {
  'endpoint-destroyed': {
    title: 'Endpoint destroyed',
    reason: 'Callers get errors from the moment this is applied.',
    mustAccept: true,
  },
  'endpoint-replaced': {
    title: 'Endpoint replaced',
    reason: 'It is deleted before it is created again: callers get errors for the minutes in between.',
    mustAccept: true,
  },
  'serving-release-dropped': {
    title: 'Serving release dropped',
    reason: 'SageMaker patches and scales a fleet with its config, model and image; without them it cannot recover.',
    mustAccept: true,
  },
  'swap-without-alarms': {
    title: 'Swap without alarms',
    reason: 'Only an alarm makes SageMaker roll back by itself while traffic moves.',
    mustAccept: false,
  },
  'all-at-once-in-production': {
    title: 'All at once in production',
    reason: 'A bad release meets all callers at once; a canary meets some of them first.',
    mustAccept: false,
  },
  'canary-below-two-instances': {
    title: 'Canary on fewer than two instances',
    reason: 'A canary needs an instance for the new release beside one for the old: the swap would be refused.',
    mustAccept: false,
  },
  'bakes-too-short': {
    title: 'Bakes too short to compare latencies',
    reason: 'With fewer pairs of answers the comparison with the release that serves ends as inconclusive.',
    mustAccept: false,
  },
  'wildcard-iam': {
    title: 'Wildcard in a policy',
    reason: 'It grants more than anybody has asked for, and what is added to the service later, too.',
    mustAccept: true,
  },
  'foreign-account': {
    title: 'Grant to another account',
    reason: 'Whoever administers that account decides who uses it.',
    mustAccept: true,
  },
  'public-access': {
    title: 'Public access',
    reason: 'Anybody on the internet may reach it.',
    mustAccept: true,
  },
  'encryption-off': {
    title: 'Encryption off',
    reason: 'Data at rest loses its encryption, or the key that your account controls.',
    mustAccept: true,
  },
  'key-deleted': {
    title: 'KMS key deleted',
    reason: 'What is encrypted with it can never be read again: volumes of a fleet, logs, captured data.',
    mustAccept: true,
  },
  'bucket-deleted': {
    title: 'Bucket deleted',
    reason: 'What it holds is gone, and whatever writes into it fails.',
    mustAccept: true,
  },
  'retention-shortened': {
    title: 'Retention shortened',
    reason: 'What is older than the new time is deleted, and cannot be brought back.',
    mustAccept: false,
  },
  'drift-before-plan': {
    title: 'Drift found',
    reason: 'Somebody changed this outside Terraform; applying the plan may undo what they did.',
    mustAccept: false,
  },
  provisioner: {
    title: 'Provisioner',
    reason: 'It runs a program with the credentials of the job that applies, and the plan does not show what it does.',
    mustAccept: true,
  },
  'program-or-network': {
    title: 'Program or network in a plan',
    reason: 'Terraform runs it, or sends a request, with the credentials of the job, already while it plans.',
    mustAccept: true,
  },
  'provider-settings': {
    title: 'Provider settings',
    reason: 'Settings of a provider decide on its account, its endpoints, its credentials and the programs it starts.',
    mustAccept: true,
  },
  'provider-not-locked': {
    title: 'Provider that the base does not lock',
    reason:
      'A provider is a program that runs with the credentials of the job; the lock file says which ones are known.',
    mustAccept: true,
  },
  'lock-file-changed': {
    title: 'Lock file changed',
    reason: 'It decides which programs run as providers, with the credentials of the job.',
    mustAccept: true,
  },
  'module-from-elsewhere': {
    title: 'Module from outside the repository',
    reason: 'Nobody reviews here what it declares, and it may change without a pull request.',
    mustAccept: true,
  },
  'root-module-changed': {
    title: 'Root module changed',
    reason: 'It decides on the state, the providers and the modules, which the changes of resources do not show.',
    mustAccept: true,
  },
  'policy-unknown': {
    title: 'Policy known only after apply',
    reason: 'Nobody can review what it grants before it does.',
    mustAccept: true,
  },
  'masked-value-changes': {
    title: 'Hidden value changes',
    reason: 'The plan hides both values, and Git does not show them either.',
    mustAccept: true,
  },
  'write-only-value': {
    title: 'Write-only value',
    reason: 'Terraform sends it with every change of the resource and shows it in no plan.',
    mustAccept: true,
  },
  'resource-imported': {
    title: 'Resource imported',
    reason: 'Terraform manages from now on what somebody else made, and may change or destroy it.',
    mustAccept: true,
  },
  'resource-forgotten': {
    title: 'Resource forgotten',
    reason: 'It stays in the account, and nothing manages it any more.',
    mustAccept: true,
  },
  'resource-moved': {
    title: 'Resource moved',
    reason: 'The state renames it: what is declared under the new address changes it.',
    mustAccept: false,
  },
};

/** Warnings about what runs or is read while Terraform plans: they count also where the plan changes nothing. */
export const STANDING_WARNINGS: ReadonlySet<WarningId> = new Set([
  'provisioner',
  'program-or-network',
  'provider-settings',
  'provider-not-locked',
  'lock-file-changed',
  'module-from-elsewhere',
  'root-module-changed',
  'write-only-value',
]);

/** What is done to a resource, as a word before its address. */
export const ACTION_WORDS: Readonly<Record<ResourceSummary['action'], string>> = {
  create: 'create',
  update: 'update',
  replace: 'replace',
  delete: 'destroy',
  forget: 'forget',
  read: 'read',
  'no-op': 'keep',
};

/** What was attempted when a plan failed. */
export const STEP_WORDS: Readonly<Record<FailedResult['step'], string>> = {
  init: 'terraform init',
  validate: 'terraform validate',
  plan: 'terraform plan',
  show: 'terraform show',
};

/** The counts of a plan in words, such as `2 to create, 1 to destroy`. */
export function renderCounts(counts: Counts): string {
  const words: readonly [number, string][] = [
    [counts.create, 'to create'],
    [counts.update, 'to update'],
    [counts.replace, 'to replace'],
    [counts.delete, 'to destroy'],
    [counts.import, 'to import'],
    [counts.move, 'to move'],
    [counts.forget, 'to forget'],
    [counts.read, 'to read'],
  ];
  const said = words.flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString('en-US')} ${word}`]));
  return said.length === 0 ? 'no resource changes' : said.join(', ');
}
