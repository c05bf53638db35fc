import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeFileBelow } from '../testing/write-file.ts';
import { fileKindOf } from './parts.ts';
import { countLines, renderSizes } from './size.ts';

const FILES = {
  'actions/a/run.ts': '// why\n\nrun();\n',
  'actions/a/run.test.ts': 'test();\n',
  'actions/dist/a.js': 'bundle();\n',
  'terraform/main.tf': 'a = 1\n\n\nb = 2\n',
  'scripts/local-aws/index.ts': 'serve();\n',
  'environments/dev/main.tf': 'content = true\n',
  'notes.ts': 'not tracked\n',
};

it('counts the lines that Git tracks, by part and language', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'size-'));
  onTestFinished(async () => await rm(root, { recursive: true }));
  for (const [file, text] of Object.entries(FILES)) {
    await writeFileBelow(root, file, text);
  }
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  execFileSync('git', ['add', 'actions', 'environments', 'scripts', 'terraform'], { cwd: root });
  await rm(path.join(root, 'scripts/local-aws/index.ts'));
  expect(renderSizes(await countLines(root))).toMatchInlineSnapshot(`
    "Lines of hand-written files that Git tracks; comments count, blank lines and JSON do not
                     TypeScript        HCL       YAML      shell   Markdown      other      total
    product                   2          2          0          0          0          0          4
    product tests             1          0          0          0          0          0          1
    packages                  0          0          0          0          0          0          0
    packages tests            0          0          0          0          0          0          0
    lab                       0          0          0          0          0          0          0
    lab tests                 0          0          0          0          0          0          0
    all                       3          2          0          0          0          0          5
    Not counted: generated 1, fixture 0, content 1"
  `);
});

it.each([
  ['actions/lib/domain/swap/swap.ts', 'product'],
  ['actions/lib/domain/swap/swap.test.ts', 'product tests'],
  ['terraform/bootstrap/tests/bootstrap.tftest.hcl', 'product tests'],
  ['scripts/testing/moto.ts', 'product tests'],
  ['scripts/local-github/index.ts', 'packages'],
  ['scripts/local-aws/testing/put-image.ts', 'packages tests'],
  ['scripts/rehearse/main.ts', 'lab'],
  ['server/proof/drain.test.ts', 'lab tests'],
  ['environments/README.md', 'product'],
  ['environments/dev/main.tf', 'content'],
  ['scripts/local-aws/api-models/ecr.types.ts', 'generated'],
  ['docs/fault-matrix.md', 'generated'],
  ['actions/lib/domain/plan/__fixtures__/plans/create/plan.txt', 'fixture'],
])('counts %s as %s', (file, expected) => {
  const found = fileKindOf(file);
  expect(found.kind === 'written' ? `${found.part}${found.isTest ? ' tests' : ''}` : found.kind).toBe(expected);
});
