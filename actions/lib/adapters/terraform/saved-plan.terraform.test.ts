import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWithTool } from '../../../../scripts/testing/tools.ts';
import { runProcess } from '../system/process.ts';
import { isSamePlan, readPlannedState } from './saved-plan.ts';

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

describe('isSamePlan', () => {
  // Field 3 twice and field 21, each with a length: the order is Terraform's to choose, and the time is no difference.
  const [one, two] = [
    [0x1a, 1, 65],
    [0x1a, 1, 66],
  ];
  const time = (at: number): readonly number[] => [0xaa, 0x01, 1, at];
  const archive = (plan: readonly number[], state = 'a'): Uint8Array =>
    zipSync({ tfplan: Uint8Array.from(plan), tfstate: strToU8(state) });
  const plan = archive([...one, ...two, ...time(1)]);

  it.each([
    ['itself', plan, true],
    ['one of another order and time', archive([...time(2), ...two, ...one]), true],
    ['one with a change less', archive([...one, ...time(1)]), false],
    ['one with a change twice', archive([...one, ...one, ...time(1)]), false],
    ['one against another state', archive([...one, ...two, ...time(1)], 'b'), false],
    ['one with another member', zipSync({ ...unzipSync(plan), more: strToU8('') }), false],
    ['one that is cut', archive([...one, ...two, 0xaa, 0x01, 9]), false],
    ['one in a coding of its own', archive([0x1b, ...one]), false],
    ['one that is no archive', strToU8('{}'), false],
  ])('compares a plan with %s', async (_, content, expected) => {
    const [left, right] = [path.join(folder, 'left'), path.join(folder, 'right')];
    await writeFile(left, plan);
    await writeFile(right, content);
    expect(await isSamePlan(left, right)).toBe(expected);
    expect(await isSamePlan(right, left)).toBe(expected);
  });
});

describeWithTool(['terraform'], 'the plans of the real Terraform', () => {
  it('name the state that `terraform state pull` names, and are the same or not', async () => {
    const configure = async (input: string): Promise<void> =>
      await writeFile(path.join(folder, 'main.tf'), `resource "terraform_data" "one" { input = ${input} }\n`);
    await configure('timestamp()');
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
    const other = path.join(folder, 'other');
    for (const [input, same] of [
      ['"second"', true],
      ['"third"', false],
    ] as const) {
      await configure('"second"');
      await run('plan', `-out=${plan}`);
      await configure(input);
      await run('plan', `-out=${other}`);
      expect(await isSamePlan(plan, other)).toBe(same);
    }
  });
});
