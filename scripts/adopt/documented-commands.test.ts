import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { trainSample } from '../../server/sample-model/sample-model.ts';
import { isProductPage } from '../architecture/product-pages.ts';
import { ROOT } from '../build.ts';
import { cloneCheckout, commitClone } from '../removal/clone-checkout.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { shellCommandsOf } from './shell-commands.ts';

// Some start a model, on a machine that may be busy.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

const PAGES = [
  'README.md',
  'docs/first-deploy.md',
  'docs/from-fastapi.md',
  'docs/security.md',
  'environments/README.md',
];

/** What a page takes for granted. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'environments/README.md': [
    `npm run release -- add dev --commit COMMIT --image 111122223333.dkr.ecr.us-east-1.amazonaws.com/risk@sha256:${'a'.repeat(64)}`,
  ],
};

/** Commands that are carried out here, in the order of their page. */
const RUN = /^(?:npm run (?:adopt|generate|check:content|release)\b|git )/;
/** Commands whose flags are compared with the command's own help. */
const HELPED = /^npm run (bootstrap|rehearse)\b(.*)$/;
/** Whole commands that other tests and jobs run, and what only an account has. */
const ELSEWHERE = ['npm ci', 'npm test', 'npm ci && npm test', 'npm ci && npm run rehearse', 'gh run watch'];
/** Carried out by documented-aws-commands.awscli.test.ts: they need an endpoint. */
const ON_AWS = /^(?:aws (?:sts|sagemaker|sagemaker-runtime|cloudwatch) |echo |for |do$|done$|cat )/;
const GH = /^gh (?:workflow run ([\w-]+\.yml)(.*)|pr create\b.*|secret set \w+ .*)$/;

let folder: string;
let clone: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'documented-'));
  clone = path.join(folder, 'clone');
  await cloneCheckout(clone);
  for (const parent of ['environments', 'server/models']) {
    const entries = await readdir(path.join(clone, parent), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory());
    for (const { name } of folders) await rm(path.join(clone, parent, name), { recursive: true });
  }
  await writeSampleTeam(clone, ['labelling']);
  await commitClone(clone, 'The fork');
  await writeFile(path.join(clone, 'model.onnx'), trainSample({ seed: 3 }).model);
  await writeFile(path.join(clone, 'model.joblib'), Buffer.from('\x80\x04\x95 sklearn.linear_model._base', 'latin1'));
  for (const argv of [
    ['init', '--quiet', '--bare', path.join(folder, 'origin.git')],
    ['remote', 'add', 'origin', path.join(folder, 'origin.git')],
    ['config', 'user.name', 'Ada'],
    ['config', 'user.email', 'ada@example.org'],
  ]) {
    await runProcess({ command: 'git', argv, cwd: clone });
  }
  for (const argv of [
    ['add', 'model.onnx'],
    ['commit', '--quiet', '--message', 'A model'],
  ]) {
    await runProcess({ command: 'git', argv, cwd: clone });
  }
});
afterAll(async () => await rm(folder, { recursive: true }));

describe.each(PAGES.filter((page) => isProductPage(page)))('the commands of %s', (page) => {
  it('run in their order, or are known to run elsewhere', async () => {
    for (const command of [
      ...(BEFORE[page] ?? []),
      ...shellCommandsOf(await readFile(path.join(ROOT, page), 'utf8')),
    ]) {
      if (RUN.test(command)) await run(command);
      else await check(command);
    }
  });
});

async function run(command: string): Promise<void> {
  // The bootstrap has made this folder by then.
  const line = command.replace(' terraform/bootstrap/accounts', '').replace('COMMIT', '$(git rev-parse HEAD)');
  const result = await runProcess({ command: 'bash', argv: ['-c', line], cwd: clone });
  const output = `${result.stdout}${result.stderr}`;
  if (command.includes('model.joblib')) {
    expect(output).toContain('a pickle of scikit-learn');
    expect(result.exitCode).toBe(1);
  } else {
    expect(result.exitCode, `${command}\n${output}`).toBe(0);
  }
}

async function check(command: string): Promise<void> {
  if (ELSEWHERE.includes(command) || ON_AWS.test(command)) return;
  const [, script, flags = ''] = HELPED.exec(command) ?? [];
  if (script !== undefined) {
    const help = await runProcess({ command: 'npm', argv: ['run', '--silent', script, '--', '--help'], cwd: ROOT });
    for (const [flag] of flags.matchAll(/--[a-z][a-z-]+/g)) expect(help.stdout).toContain(flag);
    return;
  }
  const gh = GH.exec(command);
  expect(gh, `${command} in the documentation is run by no test`).not.toBeNull();
  const [, workflow, inputs = ''] = gh ?? [];
  if (workflow === undefined) return;
  const file = parse(await readFile(path.join(ROOT, '.github/workflows', workflow), 'utf8')) as {
    on: { workflow_dispatch: { inputs?: Record<string, { required?: boolean }> } | null };
  };
  const given = [...inputs.matchAll(/-f ([\w-]+)=/g)].map(([, name]) => name);
  const known = file.on.workflow_dispatch?.inputs ?? {};
  const required = Object.entries(known).flatMap(([name, { required: isRequired }]) =>
    isRequired === true ? [name] : [],
  );
  expect(Object.keys(known)).toEqual(expect.arrayContaining(given));
  expect(given).toEqual(expect.arrayContaining(required));
}
