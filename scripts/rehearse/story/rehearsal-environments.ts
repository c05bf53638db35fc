import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import type { Repository } from './repository.ts';

/** The environments of the story, in the order of promotion. */
export const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;
export type EnvironmentName = (typeof ENVIRONMENTS)[number];

interface Json {
  [key: string]: unknown;
}

/**
 * Fits the environments of the repository to a rehearsal: short waits, no judgement of latencies, no autoscaling (it needs
 * traffic of minutes), a key of the account's own (making one has the Terraform provider wait 12 s). The rest stays.
 */
export async function adaptEnvironments(repository: Repository): Promise<void> {
  for (const name of ENVIRONMENTS) {
    await edit(repository, `environments/${name}/environment.json`, (environment) => ({
      ...environment,
      swap: SWAPS[name],
      autoscaling: null,
      dataCapture: null,
      // How fast a laptop answers while it rehearses says nothing of a release.
      alarms: { ...(environment['alarms'] as Json), latencyP99: SLOW },
      kmsKeyArn: `arn:aws:kms:${String(environment['region'])}:${String(environment['account'])}:key/11111111-2222-3333-4444-555555555555`,
    }));
  }
  for (const name of ENVIRONMENTS) {
    await edit(repository, `environments/${name}/smoke.json`, (smoke) => ({
      ...smoke,
      limits: { ...(smoke['limits'] as Json), p50Milliseconds: null, p99Milliseconds: null },
    }));
  }
  // What an early environment often has: one case, and answers that are not held against the release before.
  await edit(repository, 'environments/dev/smoke.json', (smoke) => ({
    ...smoke,
    minimumRequests: 10,
    parity: null,
    cases: (smoke['cases'] as readonly Json[]).filter(({ name }) => name === DEV_CASE),
  }));
}

const DEV_CASE = 'zeros give the intercept';

const SLOW = { thresholdMilliseconds: 30_000, periodSeconds: 60, evaluationPeriods: 2 };
const WAITS = { terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 1800 };
const CANARY = { strategy: 'canary', canarySize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 60, ...WAITS };
const LINEAR = { strategy: 'linear', stepSize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 60, ...WAITS };
const SWAPS: Readonly<Record<EnvironmentName, Json>> = { dev: CANARY, staging: CANARY, production: LINEAR };

async function edit(repository: Repository, file: string, change: (content: Json) => Json): Promise<void> {
  const content = JSON.parse(await repository.read(file)) as Json;
  await repository.write(file, `${JSON.stringify(change(content), null, 2)}\n`);
}

/** The account, region and service of the environments, which share them. */
export async function readAccount(
  repository: Repository,
): Promise<{ readonly account: string; readonly region: string; readonly service: string }> {
  const { environment } = await readEnvironmentFolder(repository.root, ENVIRONMENTS[0]);
  return environment;
}
