import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EnvironmentFile } from '../../../actions/lib/domain/environment/environment.ts';
import { startMoto } from '@sagemaker-gitops/local-aws/testing';
import { TEAM_ENVIRONMENTS } from '../../testing/sample-team/team.ts';
import { SETTINGS_FOLDER } from '../../../actions/lib/adapters/checkout/home-regions.ts';
import { bootstrapCommand, isWrite, makeCheckout } from '../testing/checkout.ts';
import type { CallCounts, Fault } from './faults.ts';
import { send, startFaultyAws } from './faulty-aws.ts';
import { takeSnapshot } from './snapshot.ts';

const SERVICE = 'scoring';
const { preview } = TEAM_ENVIRONMENTS;
// With a replay, which has a role of its own.
const trial: EnvironmentFile = {
  ...TEAM_ENVIRONMENTS.trial,
  dataCapture: { samplingPercentage: 10, retentionDays: 7 },
  replay: { rows: 100, hours: 24 },
};
const ENVIRONMENTS: Readonly<Record<Fault['run'], Readonly<Record<string, EnvironmentFile>>>> = {
  first: { trial },
  second: { trial, preview },
};
const FLAGS = ['--github', 'acme/models', '--yes'];

/** A moto account and a checkout for one fault after the other. */
export interface FaultRunner {
  readonly counts: CallCounts;
  /** Runs the bootstrap with a fault and then without. @returns what is wrong, or null where it converged. */
  tryFault(fault: Fault): Promise<string | null>;
  close(): Promise<void>;
}

interface End {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs both bootstraps without a fault, and keeps their results. @throws Error when one fails. */
export async function startFaultRunner(): Promise<FaultRunner> {
  const moto = await startMoto(trial.region, trial.account);
  const aws = await startFaultyAws(moto.url);
  const checkout = await makeCheckout(ENVIRONMENTS.first);
  const folder = await mkdtemp(path.join(tmpdir(), 'bootstrap-faults-'));
  await mkdir(path.join(folder, 'bin'));
  await copyFile(path.join(import.meta.dirname, 'terraform.sh'), path.join(folder, 'bin/terraform'));
  const settings = path.join(checkout.root, SETTINGS_FOLDER);

  const run = async (fault: Fault | null): Promise<End> => {
    const group = path.join(folder, 'group');
    await rm(path.join(folder, 'count'), { force: true });
    await rm(group, { force: true });
    const { command, argv, cwd, environment } = bootstrapCommand(checkout.root, FLAGS, {
      ...moto.environment,
      AWS_ENDPOINT_URL: aws.url,
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      FAULT_PATH: process.env['PATH'],
      FAULT_FOLDER: folder,
      ...(fault?.at === 'terraform' ? { FAULT_CALL: String(fault.call), FAULT_KIND: fault.kind } : {}),
      ...(fault?.isNoisy === true ? { FAULT_NOISE: '1', TF_CLI_CONFIG_FILE: '/nowhere/.terraformrc' } : {}),
    });
    // A process group of its own, as Terraform and its provider have another.
    const child = spawn(command, argv, { cwd, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => {
      for (const pid of [child.pid, existsSync(group) ? Number(readFileSync(group, 'utf8')) : undefined]) {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      }
    };
    aws.arm(fault?.at === 'aws' ? fault.call : 0, fault?.kind ?? 'fail', kill);
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { exitCode, output: chunks.join('') };
  };
  const reset = async (environments: Readonly<Record<string, EnvironmentFile>>): Promise<void> => {
    await fetch(`${moto.url}/moto-api/reset`, { method: 'POST' });
    await rm(settings, { recursive: true, force: true });
    await checkout.setEnvironments(environments);
  };
  const runClean = async (): Promise<{ readonly snapshot: string; readonly counts: CallCounts['first'] }> => {
    const { exitCode, output } = await run(null);
    if (exitCode !== 0) throw new Error(`a bootstrap without a fault ended with ${String(exitCode)}:\n${output}`);
    const counts = { aws: aws.count(), terraform: Number(await readFile(path.join(folder, 'count'), 'utf8')) };
    return { snapshot: await takeSnapshot(moto.url, checkout, SERVICE), counts };
  };

  await reset(ENVIRONMENTS.first);
  const start = moto.calls.length;
  const first = await runClean();
  const firstCalls = moto.calls.slice(start).filter(isWrite);
  const firstSettings = path.join(folder, 'accounts');
  await cp(settings, firstSettings, { recursive: true });
  await checkout.setEnvironments(ENVIRONMENTS.second);
  const second = await runClean();
  const expected = { first: first.snapshot, second: second.snapshot };

  return {
    counts: { first: first.counts, second: second.counts },
    tryFault: async (fault) => {
      await reset(ENVIRONMENTS[fault.run]);
      if (fault.run === 'second') {
        for (const { method, url, headers, body } of firstCalls) {
          await send(moto.url, method, url, headers, Buffer.from(body));
        }
        await cp(firstSettings, settings, { recursive: true });
      }
      const faulty = await run(fault);
      // A fault in what is only read for information need not end the run.
      if (fault.kind === 'kill' && faulty.exitCode === 0) return 'the bootstrap was not killed';
      if (faulty.exitCode === 1 && /a fault in the program|\bat .*\.ts:\d/.test(faulty.output)) return faulty.output;
      const again = await run(null);
      if (again.exitCode !== 0)
        return `the next run ended with ${String(again.exitCode)}:\n${faulty.output}\n${again.output}`;
      const found = await takeSnapshot(moto.url, checkout, SERVICE);
      return found === expected[fault.run] ? null : firstDifference(expected[fault.run], found);
    },
    close: async () => {
      await aws.close();
      await moto.close();
      await checkout.remove();
      await rm(folder, { recursive: true });
    },
  };
}

function firstDifference(expected: string, found: string): string {
  const lines = expected.split('\n');
  const others = found.split('\n');
  const index = others.findIndex((line, at) => line !== lines[at]);
  const place = `line ${String(index + 1)} of the account`;
  return `${place}: expected ${lines[index] ?? 'nothing more'}, found ${others[index] ?? 'nothing more'}`;
}
