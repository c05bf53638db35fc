import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWithTool } from '../../../scripts/testing/tools.ts';
import { runProcess } from './process.ts';
import { readPlannedState } from './saved-plan.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'saved-plan-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function planOf(content: Uint8Array): Promise<string> {
  const file = path.join(folder, 'plan');
  await writeFile(file, content);
  return file;
}

describe('readPlannedState', () => {
  it.each([
    ['a state', { version: 4, lineage: 'abc', serial: 7 }, { lineage: 'abc', serial: 7 }],
    ['no state yet', { version: 4, lineage: '', serial: 0 }, null],
    ['a state without a serial', { lineage: 'abc' }, 'unreadable'],
  ])('finds %s', async (_, state, expected) => {
    const file = await planOf(zipSync({ tfplan: strToU8('anything'), tfstate: strToU8(JSON.stringify(state)) }));
    expect(await readPlannedState(file)).toEqual(expected);
  });

  it.each([
    ['text', strToU8('{"changes":[]}')],
    ['nothing', new Uint8Array()],
    ['an archive without a state', zipSync({ tfplan: strToU8('anything') })],
    ['an archive with a state that is not JSON', zipSync({ tfstate: strToU8('hunter2') })],
    ['an archive that was cut', zipSync({ tfstate: strToU8('{"lineage":"a","serial":1}') }).subarray(0, 40)],
  ])('says that %s is unreadable', async (_, content) => {
    expect(await readPlannedState(await planOf(content))).toBe('unreadable');
  });
});

describeWithTool(['terraform'], 'the plans of the real Terraform', () => {
  it('name the state that `terraform state pull` names', async () => {
    await writeFile(path.join(folder, 'main.tf'), 'resource "terraform_data" "one" { input = timestamp() }\n');
    const run = async (...argv: readonly string[]): Promise<string> => {
      const result = await runProcess({ command: 'terraform', argv, cwd: folder });
      expect(result.exitCode, result.stderr).toBe(0);
      return result.stdout;
    };
    const plan = path.join(folder, 'saved');
    await run('init');
    await run('plan', `-out=${plan}`);
    expect(await readPlannedState(plan)).toBeNull();
    await run('apply', plan);
    await run('plan', `-out=${plan}`);
    expect(JSON.parse(await run('state', 'pull'))).toMatchObject((await readPlannedState(plan)) as object);
  });
});
