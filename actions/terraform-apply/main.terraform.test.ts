import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { createEnvelopeSealer } from '../lib/adapters/terraform/envelope-jose.ts';
import type { Envelope } from '../lib/domain/plan/envelope.ts';
import { makePlanRepository, PLAN_KEY, type PlanRepository } from '../lib/testing/plan-repository.ts';

const repositories: PlanRepository[] = [];

afterEach(() => {
  for (const repository of repositories.splice(0)) repository.remove();
});

const ONE = 'resource "terraform_data" "one" { input = "first" }\n';
const TWO = `${ONE}resource "terraform_data" "two" { input = "second" }\n`;
const sealer = createEnvelopeSealer(PLAN_KEY);

/** A change that was planned for a pull request and then merged with a merge commit. */
interface Merged {
  readonly repository: PlanRepository;
  readonly base: string;
  readonly head: string;
  readonly envelopeFile: string;
}

let prepared: Promise<Merged> | undefined;

afterAll(async () => {
  (await prepared)?.repository.remove();
});

/** A copy of the change that most tests begin with. */
async function planAndMerge(): Promise<Merged> {
  prepared ??= prepare(TWO);
  const { repository, base, head, envelopeFile } = await prepared;
  const copy = repository.copy();
  repositories.push(copy);
  return {
    repository: copy,
    base,
    head,
    envelopeFile: path.join(copy.root, path.relative(repository.root, envelopeFile)),
  };
}

async function planAndMergeOther(configuration: string): Promise<Merged> {
  const merged = await prepare(configuration);
  repositories.push(merged.repository);
  return merged;
}

async function prepare(configuration: string): Promise<Merged> {
  const repository = makePlanRepository(ONE);
  const base = repository.git('rev-parse', 'HEAD');
  // What is on main has been applied.
  const started = await apply(repository, { 'allow-unreviewed': 'true' });
  expect(started.outputs['applied-plan']).toBe('unreviewed');
  repository.git('switch', '--quiet', '--create', 'change');
  repository.write('environments/dev/main.tf', configuration);
  const head = repository.commit('change');
  const planned = await startAction('terraform-plan', {
    environment: 'dev',
    'working-directory': repository.root,
    'head-sha': head,
    'base-sha': base,
    'plan-key': PLAN_KEY,
    'output-directory': path.join(repository.root, 'out'),
  }).ended;
  expect(planned.exitCode).toBe(0);
  repository.git('switch', '--quiet', 'main');
  repository.git('merge', '--quiet', '--no-ff', '--message', 'merge', 'change');
  return { repository, base, head, envelopeFile: planned.outputs['envelope-file'] ?? '' };
}

async function apply(repository: PlanRepository, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  return await startAction('terraform-apply', {
    environment: 'dev',
    'working-directory': repository.root,
    'envelope-file': '',
    'plan-key': PLAN_KEY,
    'reviewed-head-sha': '',
    'reviewed-run-id': '',
    'previous-sha': '',
    'allow-unreviewed': 'false',
    'backend-config': '',
    'lock-timeout-seconds': '0',
    ...inputs,
  }).ended;
}

function reviewedInputs({ base, head, envelopeFile }: Merged): Record<string, string> {
  return {
    'envelope-file': envelopeFile,
    'reviewed-head-sha': head,
    'reviewed-run-id': '100',
    'previous-sha': base,
  };
}

interface State {
  readonly serial: number;
  readonly resources: readonly { readonly name: string }[];
}

function stateOf(repository: PlanRepository): State {
  return JSON.parse(repository.read('environments/dev/terraform.tfstate')) as State;
}

async function forge(file: string, change: (envelope: Envelope) => Envelope): Promise<void> {
  writeFileSync(file, await sealer.seal(change(await sealer.open(readFileSync(file, 'utf8')))));
}

describeWithTool(['terraform', 'git'], 'terraform-apply', () => {
  it('applies the saved plan after a merge, and has nothing left to do the second time', async () => {
    const merged = await planAndMerge();
    const first = await apply(merged.repository, reviewedInputs(merged));
    expect(first.log).not.toContain('::error');
    expect(first).toMatchObject({
      exitCode: 0,
      outputs: { outcome: 'applied', 'applied-plan': 'reviewed', 'broken-bindings': '[]' },
    });
    expect(stateOf(merged.repository).resources.map(({ name }) => name)).toEqual(['one', 'two']);
    const second = await apply(merged.repository, reviewedInputs(merged));
    expect(second).toMatchObject({ exitCode: 0, outputs: { outcome: 'no-changes', 'applied-plan': 'none' } });
  });

  it('applies a new plan where main moved on elsewhere, and names what moved', async () => {
    const merged = await planAndMerge();
    const run = await apply(merged.repository, { ...reviewedInputs(merged), 'previous-sha': 'e'.repeat(40) });
    expect(run).toMatchObject({
      exitCode: 0,
      outputs: { 'applied-plan': 'replanned', 'broken-bindings': '["base commit"]' },
    });
    expect(stateOf(merged.repository).resources).toHaveLength(2);
  });

  it('applies a new plan where the state moved on and the plan still means the same', async () => {
    const merged = await planAndMerge();
    const folder = 'environments/dev/terraform.tfstate';
    const state = JSON.parse(merged.repository.read(folder)) as State;
    merged.repository.write(folder, { ...state, serial: state.serial + 5 });
    const run = await apply(merged.repository, reviewedInputs(merged));
    expect(run.outputs).toMatchObject({ 'applied-plan': 'replanned', 'broken-bindings': '["state serial"]' });
  });

  it('refuses with the difference where the plan no longer means the same', async () => {
    const merged = await planAndMerge();
    // Somebody merged another change of the same file in between.
    merged.repository.write('environments/dev/main.tf', TWO.replace('"first"', '"something else"'));
    merged.repository.commit('another change');
    const before = stateOf(merged.repository).serial;
    const run = await apply(merged.repository, reviewedInputs(merged));
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'refused', 'broken-bindings': '["configuration"]' } });
    expect(run.log).toContain('does not mean the same');
    expect(run.summary).toContain('+ update terraform_data.one');
    expect(run.summary).toContain('! input: "first" -> "something else"');
    expect(stateOf(merged.repository).serial).toBe(before);
    // By hand it can be allowed, envelope or not.
    const allowed = await apply(merged.repository, { ...reviewedInputs(merged), 'allow-unreviewed': 'true' });
    expect(allowed.outputs).toMatchObject({ outcome: 'applied', 'applied-plan': 'unreviewed' });
  });

  it('refuses without an envelope unless the caller allows it', async () => {
    const merged = await planAndMerge();
    const run = await apply(merged.repository, { 'envelope-file': '/nowhere/dev.jwe' });
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'refused' } });
    expect(run.log).toContain('there is no envelope of a reviewed plan');
    expect(run.log).toContain('allow-unreviewed');
  });

  it('says that a part may have been applied when apply fails', async () => {
    const failing = `${ONE}resource "terraform_data" "two" {\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n`;
    const merged = await planAndMergeOther(failing);
    const run = await apply(merged.repository, reviewedInputs(merged));
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'failed' } });
    expect(run.summary).toContain('a part of the plan may have been applied');
    expect(run.log).toMatch(
      /::error file=environments\/dev\/main\.tf,line=3,endLine=3::dev: local-exec provisioner error/,
    );
  });

  it('lets Terraform release its lock when the job is cancelled', async () => {
    const slow = `${ONE}resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "touch started; sleep 5"\n  }\n}\n`;
    const merged = await planAndMergeOther(slow);
    const folder = path.join(merged.repository.root, 'environments/dev');
    const running = startAction('terraform-apply', {
      environment: 'dev',
      'working-directory': merged.repository.root,
      'allow-unreviewed': 'false',
      'lock-timeout-seconds': '0',
      'plan-key': PLAN_KEY,
      ...reviewedInputs(merged),
    });
    await waitFor(() => existsSync(path.join(folder, 'started')), running.log);
    expect(existsSync(path.join(folder, '.terraform.tfstate.lock.info'))).toBe(true);
    process.kill(running.pid, 'SIGINT');
    const run = await running.ended;
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('terraform apply was interrupted');
    expect(existsSync(path.join(folder, '.terraform.tfstate.lock.info'))).toBe(false);
  });
});

/** A way to make an envelope lie, and how it is refused. */
interface Lie {
  readonly lie: string;
  readonly tell: (merged: Merged) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly reason: RegExp;
}

const LIES: readonly Lie[] = [
  {
    lie: 'of another environment',
    tell: async ({ envelopeFile }) => {
      await forge(envelopeFile, (envelope) => ({
        ...envelope,
        bindings: { ...envelope.bindings, environment: 'production' },
      }));
      return {};
    },
    reason: /environment: reviewed production, now dev/,
  },
  {
    lie: 'of another repository',
    tell: async ({ envelopeFile }) => {
      await forge(envelopeFile, (envelope) => ({
        ...envelope,
        bindings: { ...envelope.bindings, repository: 'evil/models' },
      }));
      return {};
    },
    reason: /repository: reviewed evil\/models, now acme\/models/,
  },
  {
    lie: 'of another head',
    tell: () => ({ 'reviewed-head-sha': 'a'.repeat(40) }),
    reason: /head commit: reviewed [0-9a-f]{40}, now a{40}/,
  },
  {
    lie: 'replayed from another run',
    tell: () => ({ 'reviewed-run-id': '101' }),
    reason: /run: reviewed 100, now 101/,
  },
  {
    lie: 'of a state that has been replaced',
    tell: ({ repository }) => {
      const file = 'environments/dev/terraform.tfstate';
      const state = JSON.parse(repository.read(file)) as object;
      repository.write(file, { ...state, lineage: '00000000-1111-2222-3333-444444444444' });
      return {};
    },
    reason: /state lineage: reviewed [\w-]+, now 00000000-1111/,
  },
  {
    lie: 'of a state that has moved, with another meaning now',
    tell: async ({ repository }) => {
      repository.write('environments/dev/main.tf', `${TWO}resource "terraform_data" "three" {}\n`);
      expect((await apply(repository, { 'allow-unreviewed': 'true' })).exitCode).toBe(0);
      repository.write('environments/dev/main.tf', TWO);
      return {};
    },
    reason: /state serial: reviewed 1, now \d/,
  },
  {
    lie: 'with an edited byte',
    tell: ({ envelopeFile }) => {
      const text = readFileSync(envelopeFile, 'utf8');
      const at = text.length - 200;
      writeFileSync(envelopeFile, `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`);
      return {};
    },
    reason: /edited or cut since/,
  },
  {
    lie: 'with an edited header',
    tell: ({ envelopeFile }) => {
      const [header = '', ...rest] = readFileSync(envelopeFile, 'utf8').split('.');
      const edited = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), extra: true };
      writeFileSync(envelopeFile, [Buffer.from(JSON.stringify(edited)).toString('base64url'), ...rest].join('.'));
      return {};
    },
    reason: /edited or cut since/,
  },
  {
    lie: 'that was cut',
    tell: ({ envelopeFile }) => {
      const text = readFileSync(envelopeFile, 'utf8');
      writeFileSync(envelopeFile, text.slice(0, text.length / 2));
      return {};
    },
    reason: /edited or cut since/,
  },
  {
    lie: 'sealed with another key',
    tell: async ({ envelopeFile }) => {
      const envelope = await sealer.open(readFileSync(envelopeFile, 'utf8'));
      const other = createEnvelopeSealer(Buffer.alloc(32, 9).toString('base64'));
      writeFileSync(envelopeFile, await other.seal(envelope));
      return {};
    },
    reason: /one made with the key [0-9a-f]{16}/,
  },
  {
    lie: 'that is no envelope but a plain text',
    tell: ({ envelopeFile }) => {
      writeFileSync(envelopeFile, '{"bindings":{},"plan":""}');
      return {};
    },
    reason: /no envelope of this kind/,
  },
  {
    lie: 'with another plan under the right label',
    tell: async ({ repository, envelopeFile }) => {
      // Made by somebody who has the key: a plan that destroys, in an envelope that says it creates.
      repository.git('switch', '--quiet', '--detach');
      repository.write('environments/dev/main.tf', '');
      const head = repository.commit('destroy');
      const evil = await startAction('terraform-plan', {
        environment: 'dev',
        'working-directory': repository.root,
        'head-sha': head,
        'plan-key': PLAN_KEY,
        'output-directory': path.join(repository.root, 'out/evil'),
      }).ended;
      const { plan } = await sealer.open(readFileSync(evil.outputs['envelope-file'] ?? '', 'utf8'));
      repository.git('switch', '--quiet', 'main');
      await forge(envelopeFile, (envelope) => ({
        ...envelope,
        plan,
        bindings: { ...envelope.bindings, planDigest: createHash('sha256').update(plan).digest('hex') },
      }));
      return {};
    },
    reason: /the saved plan would do something else than its envelope says/,
  },
  {
    lie: 'whose saved plan was swapped under its digest',
    tell: async ({ envelopeFile }) => {
      await forge(envelopeFile, (envelope) => ({ ...envelope, plan: Buffer.from('another plan') }));
      return {};
    },
    reason: /saved plan: reviewed [0-9a-f]{64}, now [0-9a-f]{64}/,
  },
  {
    lie: 'whose meaning was edited to hide a change',
    tell: async ({ envelopeFile }) => {
      await forge(envelopeFile, (envelope) => ({ ...envelope, meaning: [] }));
      return {};
    },
    reason: /does not mean the same/,
  },
  {
    lie: 'made with another lock file, with another meaning now',
    tell: ({ repository }) => {
      repository.write('environments/dev/.terraform.lock.hcl', '# other providers\n');
      repository.write('environments/dev/main.tf', TWO.replace('second', 'third'));
      return {};
    },
    reason: /provider lock file: reviewed [0-9a-f]{64}, now [0-9a-f]{64}/,
  },
];

describeWithTool(['terraform', 'git'], 'an envelope that lies', () => {
  it.each(LIES)('$lie is refused with the reason', async ({ tell, reason }) => {
    const merged = await planAndMerge();
    const inputs = { ...reviewedInputs(merged), ...(await tell(merged)) };
    const before = merged.repository.read('environments/dev/terraform.tfstate');
    const run = await apply(merged.repository, inputs);
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(reason);
    expect(run.outputs['applied-plan'] ?? 'none').toBe('none');
    expect(merged.repository.read('environments/dev/terraform.tfstate')).toBe(before);
  });

  it('replayed against a state that has been emptied is refused', async () => {
    const repository = makePlanRepository(ONE);
    repositories.push(repository);
    const head = repository.git('rev-parse', 'HEAD');
    const planned = await startAction('terraform-plan', {
      environment: 'dev',
      'working-directory': repository.root,
      'head-sha': head,
      'plan-key': PLAN_KEY,
      'output-directory': path.join(repository.root, 'out'),
    }).ended;
    const inputs = { 'envelope-file': planned.outputs['envelope-file'] ?? '', 'reviewed-head-sha': head };
    expect((await apply(repository, inputs)).outputs['applied-plan']).toBe('reviewed');
    // Applied once, then changed: Terraform itself would take the first plan again wherever the state is empty.
    repository.write('environments/dev/main.tf', '');
    repository.commit('empty');
    expect((await apply(repository, { 'allow-unreviewed': 'true' })).outputs['outcome']).toBe('applied');
    expect(stateOf(repository).resources).toEqual([]);
    repository.write('environments/dev/main.tf', ONE);
    const replayed = await apply(repository, inputs);
    expect(replayed.outputs['broken-bindings']).toContain('state serial');
    expect(replayed.outputs['applied-plan']).not.toBe('reviewed');
  });
});

async function waitFor(condition: () => boolean, log: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`the condition did not come true in 30 s\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
