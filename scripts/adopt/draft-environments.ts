import type { EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { isConfigured, PLACEHOLDER_ACCOUNT } from '../../actions/lib/domain/environment/configured.ts';
import { nameProblems } from '../../actions/lib/domain/environment/cross-field-rules.ts';
import { UsageError } from '../command-line.ts';

/** What is asked for the environments of a service. */
export interface EnvironmentWishes {
  readonly service: string;
  /** Names in promotion order; all that the service shall have. */
  readonly names: readonly string[];
  /** Account by the name of the environment; those without one keep theirs, or get the placeholder. */
  readonly accounts: ReadonlyMap<string, string>;
  /** The region of the service; undefined keeps the one that it has. */
  readonly region: string | undefined;
}

/** The environments of a repository by their names. */
type Environments = Readonly<Record<string, EnvironmentFile>>;

const DEFAULT_REGION = 'us-east-1';

/**
 * The environments of a service as they were asked for: those that exist keep their settings, and a new one gets those of
 * the last one before it, or else the defaults.
 *
 * @param existing all environments of the repository
 * @throws UsageError when a name is too long or belongs to another service, or an environment of the service is not named.
 */
export function draftEnvironments(wishes: EnvironmentWishes, existing: Environments): Environments {
  const { service, names, accounts, region } = wishes;
  const own = Object.entries(existing).filter(([, file]) => file.service === service);
  const find = (name: string) => (Object.hasOwn(existing, name) ? existing[name] : undefined);
  const foreign = names.find((name) => (find(name)?.service ?? service) !== service);
  if (foreign !== undefined) {
    throw new UsageError({
      what: `environments/${foreign} belongs to another service`,
      expected: `names that no other service has, or \`--remove-sample\` where the other one is the sample`,
      found: `the service ${find(foreign)?.service ?? ''}`,
    });
  }
  for (const name of names) {
    const [problem] = nameProblems(name, service);
    if (problem === undefined) continue;
    throw new UsageError({
      what: '--service and --environments make a name that is too long',
      expected: problem.message,
      found: `--service ${service} and the environment ${name}`,
    });
  }
  const unnamed = own.map(([name]) => name).filter((name) => !names.includes(name));
  if (unnamed.length > 0) {
    throw new UsageError({
      what: `--environments leaves out ${unnamed.join(', ')}`,
      expected: `all environments of ${service} in promotion order`,
      found: names.join(','),
      remedy: 'Name them too; environments/README.md tells how an environment is retired.',
    });
  }
  const home = region ?? own[0]?.[1].region ?? DEFAULT_REGION;
  const [template] = own.toSorted(([, a], [, b]) => b.promotionOrder - a.promotionOrder);
  return Object.fromEntries(
    names.map((name, index) => {
      const before = find(name);
      const base =
        before ?? likeTemplate(template?.[1]) ?? defaults(service, index === names.length - 1 && names.length > 1);
      const account = accounts.get(name) ?? base.account;
      return [name, { ...moved(base, account, home), promotionOrder: index + 1 }];
    }),
  );
}

/** The settings of an environment for another one, without what is its own: its roles, and a policy that lies beside it. */
function likeTemplate(file: EnvironmentFile | undefined): EnvironmentFile | undefined {
  return file && withoutIam(file, ['roles', 'executionRoleArn', 'executionPolicyFile']);
}

/** An environment in an account and region, without what it has in another one. */
function moved(file: EnvironmentFile, account: string, region: string): EnvironmentFile {
  if (file.account === account && file.region === region) return file;
  const bound = { network: null, kmsKeyArn: null, notifications: { snsTopicArn: null } };
  const there =
    file.account === account ? file : withoutIam(file, ['roles', 'executionRoleArn', 'permissionsBoundaryArn']);
  return { ...there, ...bound, account, region };
}

/** What environments that exist leave behind when their account or region changes, in sentences. */
export function renderMoves(existing: Environments, drafted: Environments): readonly string[] {
  return Object.entries(drafted).flatMap(([name, file]) => {
    const before = Object.hasOwn(existing, name) ? existing[name] : undefined;
    if (before === undefined || (before.account === file.account && before.region === file.region)) return [];
    const place = `account ${before.account} in ${before.region}`;
    const kept = settingsOfPlace(file);
    const dropped = [...settingsOfPlace(before).keys()].filter((setting) => !kept.has(setting));
    return [
      ...(dropped.length === 0
        ? []
        : [
            `environments/${name} loses ${dropped.join(', ')}: what they name is in ${place}. Set them again in its environment.json`,
          ]),
      ...(isConfigured(before)
        ? [
            `what runs for ${name} in ${place} stays, and nothing here manages it after the merge. Retire it before that, as "Retire an environment" in environments/README.md describes`,
          ]
        : []),
    ];
  });
}

/** The settings that name something in an account or region, where they are set. */
function settingsOfPlace({
  network,
  kmsKeyArn,
  notifications,
  iam = {},
}: EnvironmentFile): ReadonlyMap<string, unknown> {
  const settings: readonly (readonly [string, unknown])[] = [
    ...Object.entries({ network, kmsKeyArn, 'notifications.snsTopicArn': notifications.snsTopicArn }),
    ...Object.entries(iam).map(([name, value]) => [`iam.${name}`, value] as const),
  ];
  return new Map(settings.filter(([, value]) => value !== null && value !== undefined));
}

function withoutIam(
  file: EnvironmentFile,
  keys: readonly (keyof NonNullable<EnvironmentFile['iam']>)[],
): EnvironmentFile {
  const { iam, ...rest } = file;
  const kept = Object.entries(iam ?? {}).filter(([key]) => !keys.some((own) => own === key));
  return kept.length === 0 ? rest : { ...rest, iam: Object.fromEntries(kept) };
}

/** The settings of a first environment; the last one of several waits longer at each step. */
function defaults(service: string, isLast: boolean): EnvironmentFile {
  return {
    $schema: '../environment.schema.json',
    formatVersion: 2,
    service,
    account: PLACEHOLDER_ACCOUNT,
    region: DEFAULT_REGION,
    promotionOrder: 1,
    retainReleases: isLast ? 10 : 5,
    swap: {
      strategy: 'canary',
      canarySize: { unit: 'percent', value: 50 },
      waitIntervalSeconds: isLast ? 300 : 60,
      terminationWaitSeconds: isLast ? 600 : 60,
      maximumExecutionTimeoutSeconds: isLast ? 3600 : 1800,
    },
    alarms: {
      serverErrors: isLast
        ? { threshold: 5, periodSeconds: 60, evaluationPeriods: 3, datapointsToAlarm: 2 }
        : { threshold: 2, periodSeconds: 60, evaluationPeriods: 1 },
      clientErrors: null,
      latencyP99: { thresholdMilliseconds: 1000, periodSeconds: 60, evaluationPeriods: 2 },
    },
    smoke: { cases: 'smoke.json' },
    probes: { intervalSeconds: 10, latencyRatio: 1.25, errorPercentagePoints: 0.5, whenInconclusive: 'continue' },
    autoscaling: null,
    network: null,
    networkIsolation: true,
    kmsKeyArn: null,
    dataCapture: null,
    logRetentionDays: isLast ? 90 : 14,
    notifications: { snsTopicArn: null },
    visibleEnvironmentKeys: ['LOG_LEVEL'],
  };
}
