import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { startMoto, type Moto } from '@sagemaker-gitops/local-aws/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { describeWithTool } from '../testing/tools.ts';
import { workFolder } from './checkout-claim.ts';
import { bootstrapCommand, isWrite, makeCheckout, type Checkout } from './testing/checkout.ts';

const { trial } = TEAM_ENVIRONMENTS;
// Ends as Terraform does: at the first SIGINT, after it has saved its state. Any other signal kills it.
const TERRAFORM = `#!/usr/bin/env bash
trap 'echo SIGINT >>"$SIGNALS"; sleep 0.5; echo saved >>"$SIGNALS"; exit 1' INT
touch "$SIGNALS"
while true; do sleep 0.05; done
`;

describeWithTool(['moto'], 'a bootstrap that gets a signal', () => {
  let moto: Moto;
  let checkout: Checkout;
  let folder: string;

  beforeAll(async () => {
    moto = await startMoto(trial.region, trial.account);
    checkout = await makeCheckout({ trial });
    folder = await mkdtemp(path.join(tmpdir(), 'interruption-'));
    await writeFile(path.join(folder, 'terraform'), TERRAFORM, { mode: 0o755 });
  }, 60_000);

  afterAll(async () => {
    await moto.close();
    await checkout.remove();
    await rm(folder, { recursive: true });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'lets Terraform end in order after %s, and begins nothing more',
    async (signal) => {
      const signals = path.join(folder, signal);
      const { command, argv, cwd, environment } = bootstrapCommand(
        checkout.root,
        ['--github', 'acme/models', '--yes'],
        { ...moto.environment, PATH: `${folder}:${process.env['PATH'] ?? ''}`, SIGNALS: signals },
      );
      const start = moto.calls.length;
      const child = spawn(command, argv, {
        cwd,
        env: environment,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const output = text(child.stderr);
      const ended = once(child, 'close');
      await vi.waitUntil(() => existsSync(signals), { timeout: 30_000 });
      // To the whole group, as a terminal does, and by somebody who is in a hurry.
      for (let count = 0; count < 3; count += 1) process.kill(-(child.pid ?? expect.fail('no process')), signal);
      expect(await ended).toEqual([130, null]);
      expect(await output).toContain(`The run was interrupted by ${signal}.`);
      expect(await readFile(signals, 'utf8')).toBe('SIGINT\nsaved\n');
      expect(moto.calls.slice(start).filter(isWrite)).toEqual([]);
      expect(existsSync(path.join(workFolder(checkout.root), 'process'))).toBe(false);
    },
    60_000,
  );
});
