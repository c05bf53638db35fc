import {
  driftMarker,
  findDrift,
  renderDriftIssue,
  type DriftFinding,
  type PlanVerdict,
} from '../lib/domain/drift/drift.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { isUnderWay } from '../lib/domain/ledger/history.ts';
import { verifiedReleases } from '../lib/domain/ledger/standing.ts';
import { endpointConfigName, endpointName, scalableResourceId } from '../lib/domain/environment/names.ts';
import { alarmNamesOf } from '../lib/domain/environment/alarms.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import type { Alarms } from '../lib/ports/alarms.ts';
import type { Autoscaling } from '../lib/ports/autoscaling.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { DriftIssues } from '../lib/ports/drift-issues.ts';
import type { Endpoints } from '../lib/ports/endpoints.ts';
import type { Ledger } from '../lib/ports/ledger.ts';
import type { Reporter } from '../lib/ports/reporter.ts';

/** What AWS and GitHub are compared with. */
export interface DriftSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly plan: PlanVerdict;
}

/** The ports of the use case. */
export interface DetectDriftPorts {
  readonly endpoints: Endpoints;
  readonly alarms: Alarms;
  readonly autoscaling: Autoscaling;
  readonly ledger: Pick<Ledger, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly issues: DriftIssues;
  readonly reporter: Reporter;
  readonly runUrl: string;
}

/** What was found, and the issue that says so. */
export interface DriftResult {
  readonly outcome: 'none' | 'drift' | 'in-progress';
  readonly findings: readonly DriftFinding[];
  readonly issue: number | undefined;
  /** Whether the issue was opened now. */
  readonly opened: boolean;
}

/**
 * Looks for drift in an environment, and brings its issue up to date.
 *
 * @throws UserError or ServiceError when AWS or GitHub cannot be read.
 */
export async function runDetectDrift(subject: DriftSubject, ports: DetectDriftPorts): Promise<DriftResult> {
  const { environment, releaseFile, plan } = subject;
  const { endpoints, issues, reporter } = ports;
  const history = await ports.ledger.read();
  const live = releaseFile.live;
  const releases = Object.keys(releaseFile.releases);
  const present = async (find: (name: string) => Promise<unknown>): Promise<readonly string[]> => {
    const missing: string[] = [];
    for (const id of releases) {
      if ((await find(endpointConfigName(environment, id))) === undefined) missing.push(id);
    }
    return missing;
  };
  const newest = history.attempts[0];
  const attemptUnderWay = newest !== undefined && isUnderWay(newest, ports.clock.now());
  const findings = findDrift({
    environment,
    releaseFile,
    plan,
    endpoint: await endpoints.describe(endpointName(environment)),
    withoutConfig: await present(async (name) => await endpoints.describeConfig(name)),
    withoutModel: await present(async (name) => await endpoints.describeModel(name)),
    alarms: live === null ? [] : (await ports.alarms.find(alarmNamesOf(environment, live))).map(({ name }) => name),
    scaling: await ports.autoscaling.snapshot(scalableResourceId(environment)),
    attemptUnderWay,
    lastVerified: verifiedReleases(history, environment)[0],
    damage: history.damage,
  });
  const open = await issues.find(driftMarker(environment.name));
  // What is in motion says nothing: the issue stays as it is.
  if (attemptUnderWay) return { outcome: 'in-progress', findings: [], issue: open?.number, opened: false };
  if (findings.length === 0) {
    if (open !== undefined) {
      await issues.close(open.number, `The drift is gone ([run](${ports.runUrl})).`);
      reporter.info(`closed #${open.number}`);
    }
    return { outcome: 'none', findings, issue: undefined, opened: false };
  }
  for (const { what, expected, found } of findings) reporter.warning(`${what}: expected ${expected}, found ${found}`);
  const body = renderDriftIssue(environment.name, findings, ports.runUrl);
  if (open === undefined) {
    const created = await issues.create(`Drift in ${environment.name}`, body);
    reporter.info(`opened ${created.url}`);
    return { outcome: 'drift', findings, issue: created.number, opened: true };
  }
  await issues.update(open.number, body);
  return { outcome: 'drift', findings, issue: open.number, opened: false };
}
