import { describeVariants, type EndpointView } from '../endpoint/endpoint.ts';
import type { Environment } from '../environment/environment.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig } from '../environment/names.ts';
import { alarmNamesOf } from '../environment/alarms.ts';
import type { ReleaseFile, ReleaseId } from '../release/release.ts';
import type { ScalingSnapshot } from '../endpoint/scaling-snapshot.ts';

/** What Terraform says of its state and what is really there. */
export type PlanVerdict =
  { readonly kind: 'no-changes' | 'failed' } | { readonly kind: 'changes'; readonly resources: readonly string[] };

/** What was observed of an environment, to compare with its files in Git. */
export interface DriftFacts {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly endpoint: EndpointView | undefined;
  /** The releases whose endpoint config, or model, is not there. */
  readonly withoutConfig: readonly ReleaseId[];
  readonly withoutModel: readonly ReleaseId[];
  /** Names of the alarms that exist, of those that the live release should have. */
  readonly alarms: readonly string[];
  readonly scaling: ScalingSnapshot | undefined;
  /** Whether the ledger has an attempt under way: then what is in motion is no drift. */
  readonly attemptUnderWay: boolean;
  /** The release that the ledger has verified last. */
  readonly lastVerified: ReleaseId | undefined;
  /** Why the ledger is not whole; null where it is. */
  readonly damage: string | null;
  readonly plan: PlanVerdict;
}

/** One thing that is not as Git says. */
export interface DriftFinding {
  readonly id:
    | 'endpoint-missing'
    | 'endpoint-unhealthy'
    | 'endpoint-unexpected'
    | 'swap-unknown'
    | 'serves-other'
    | 'variants'
    | 'config-missing'
    | 'model-missing'
    | 'alarm-missing'
    | 'autoscaling'
    | 'ledger'
    | 'terraform';
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;
}

/** Everything in which Git, Terraform's state and the live endpoint disagree; empty while an attempt is under way. */
export function findDrift(facts: DriftFacts): readonly DriftFinding[] {
  if (facts.attemptUnderWay) return [];
  return [
    ...endpointFindings(facts),
    ...declarationFindings(facts),
    ...scalingFindings(facts),
    ...ledgerFindings(facts),
    ...planFindings(facts),
  ];
}

function ledgerFindings({ environment, damage }: DriftFacts): readonly DriftFinding[] {
  if (damage === null) return [];
  return [
    {
      id: 'ledger',
      what: `The ledger of ${environment.name} is not whole`,
      expected: 'every fact, as it was written',
      found: damage,
      remedy:
        'Find out who changed the bucket, which keeps older versions. What was verified before the damage counts no longer: deploy again to verify what serves.',
    },
  ];
}

function endpointFindings(facts: DriftFacts): readonly DriftFinding[] {
  const { environment, releaseFile, endpoint } = facts;
  const name = endpointName(environment);
  const { live } = releaseFile;
  const deploy = `Run the workflow Deploy for ${environment.name}.`;
  if (live === null) {
    return endpoint === undefined
      ? []
      : [
          {
            id: 'endpoint-unexpected',
            what: `The endpoint ${name} exists, and release.json has no live release`,
            expected: 'no endpoint',
            found: `${endpoint.status}, serving ${endpoint.configName}`,
            remedy: 'Add the release that serves to release.json, or delete the endpoint.',
          },
        ];
  }
  const expected = endpointConfigName(environment, live);
  if (endpoint === undefined) {
    return [
      {
        id: 'endpoint-missing',
        what: `The endpoint ${name} is gone`,
        expected: `serving ${expected}`,
        found: 'no endpoint',
        remedy: deploy,
      },
    ];
  }
  const findings: DriftFinding[] = [];
  if (endpoint.pending !== null) {
    findings.push({
      id: 'swap-unknown',
      what: `An update of ${name} is under way that no fact has recorded`,
      expected: 'no update outside the workflows',
      found: `an update to ${endpoint.pending.configName}`,
      remedy:
        'Find out who started it. When it has ended, run the workflow Deploy to bring the endpoint back to what Git says.',
    });
  } else if (endpoint.status !== 'InService' && endpoint.status !== 'SystemUpdating') {
    findings.push({
      id: 'endpoint-unhealthy',
      what: `The endpoint ${name} is not in service`,
      expected: 'InService',
      found: `${endpoint.status}${endpoint.failureReason === undefined ? '' : `: ${endpoint.failureReason}`}`,
      remedy:
        endpoint.status === 'Failed' ? 'Delete the endpoint, and run the workflow Deploy: it is created anew.' : deploy,
    });
  }
  if (endpoint.configName !== expected) findings.push(servesOther(facts, endpoint, expected));
  if (endpoint.serving.otherVariants.length > 0) {
    findings.push({
      id: 'variants',
      what: `The endpoint ${name} has variants that no release declares`,
      expected: 'one production variant, and no shadow variant',
      found: describeVariants(endpoint.serving),
      remedy: `Deploy and Roll back refuse it, as no smoke test can judge them. End the shadow test, or move the endpoint to ${expected}, all at once, with aws sagemaker update-endpoint.`,
    });
  }
  return findings;
}

function servesOther(
  { environment, lastVerified, releaseFile }: DriftFacts,
  endpoint: EndpointView,
  expected: string,
): DriftFinding {
  const serving = releaseIdOfConfig(environment, endpoint.configName);
  const listed = serving !== undefined && Object.hasOwn(releaseFile.releases, serving);
  const verified = serving !== undefined && serving === lastVerified;
  return {
    id: 'serves-other',
    what: `${endpoint.name} serves another release than Git says`,
    expected,
    found: `${endpoint.configName}${listed ? '' : ', which release.json does not list'}`,
    remedy: verified
      ? 'It was rolled back: merge the pull request that records it, or set "live" to another release.'
      : `It was changed outside the workflows. Find out by whom and why; then run the workflow Deploy for ${environment.name}, with accept-serving: ${serving ?? endpoint.configName}.`,
  };
}

function declarationFindings(facts: DriftFacts): readonly DriftFinding[] {
  const { environment, releaseFile, alarms } = facts;
  const apply = `Run the workflow Deploy for ${environment.name}: it applies Terraform, which declares it.`;
  const missing = (id: 'config-missing' | 'model-missing', thing: string, releases: readonly ReleaseId[]) =>
    releases.map((release) => ({
      id,
      what: `Release ${release} has no ${thing}, so nothing can go to it or back to it`,
      expected: endpointConfigName(environment, release),
      found: 'none',
      remedy: apply,
    }));
  const { live } = releaseFile;
  const wanted = live === null ? [] : alarmNamesOf(environment, live);
  return [
    ...missing('config-missing', 'endpoint config', facts.withoutConfig),
    ...missing('model-missing', 'model', facts.withoutModel),
    ...wanted
      .filter((name) => !alarms.includes(name))
      .map((name) => ({
        id: 'alarm-missing' as const,
        what: 'An alarm of the live release is gone',
        expected: name,
        found: 'none',
        remedy: apply,
      })),
  ];
}

function scalingFindings({ environment, releaseFile, scaling }: DriftFacts): readonly DriftFinding[] {
  const { autoscaling } = environment;
  if (releaseFile.live === null) return [];
  const expected =
    autoscaling === null ? 'none' : `${autoscaling.minInstances} to ${autoscaling.maxInstances} instances`;
  const found = scaling === undefined ? 'none' : `${scaling.minInstances} to ${scaling.maxInstances} instances`;
  const suspended = scaling !== undefined && Object.values(scaling.suspended).includes(true);
  if (expected === found && !suspended) return [];
  return [
    {
      id: 'autoscaling',
      what: `The autoscaling of ${endpointName(environment)} is not the one of environment.json`,
      expected,
      found: suspended ? `${found}, suspended` : found,
      remedy: `Run the workflow Deploy for ${environment.name}, or write what is there into environment.json.`,
    },
  ];
}

function planFindings({ environment, plan }: DriftFacts): readonly DriftFinding[] {
  const where = `environments/${environment.name}`;
  switch (plan.kind) {
    case 'no-changes':
      return [];
    case 'failed':
      return [
        {
          id: 'terraform',
          what: `Terraform cannot plan ${where}`,
          expected: 'a plan',
          found: 'an error; the log of the run has it',
          remedy: 'Mend what the log names.',
        },
      ];
    case 'changes':
      return [
        {
          id: 'terraform',
          what: `What Terraform manages is not as ${where} says`,
          expected: 'a plan without changes',
          found: plan.resources.length === 0 ? 'changes' : plan.resources.join(', '),
          remedy: `Run the workflow Deploy for ${environment.name}, or write what is there into the files.`,
        },
      ];
  }
}

const MARKER_START = '<!-- drift of ';

/** The hidden line by which an environment's issue is found again. */
export function driftMarker(environment: string): string {
  return `${MARKER_START}${environment} -->`;
}

/** The body of an environment's issue. */
export function renderDriftIssue(environment: string, findings: readonly DriftFinding[], runUrl: string): string {
  return [
    `\`${environment}\` is not as Git says. This issue is brought up to date by [the workflow Drift](${runUrl}), and closes by itself.`,
    '',
    ...findings.flatMap(({ what, expected, found, remedy }) => [
      `### ${escape(what)}`,
      '',
      `- expected: ${inCode(expected)}`,
      `- found: ${inCode(found)}`,
      `- remedy: ${escape(remedy)}`,
      '',
    ]),
    driftMarker(environment),
  ].join('\n');
}

// Names and reasons come from the account: escaped, so that they are neither markup nor mentions.
function inCode(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'").slice(0, 1000)}\``;
}

function escape(text: string): string {
  return text.replaceAll('@', '@\u200b').replaceAll('<', '&lt;');
}
