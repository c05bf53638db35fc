import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { readKnownFolders } from '../lib/adapters/checkout/known-environments.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createDriftIssues } from '../lib/adapters/github/drift-issues.ts';
import { createReleasePullRequests } from '../lib/adapters/github/pull-requests.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import type { Board } from '../lib/domain/board/board.ts';
import { renderBoard } from '../lib/domain/board/page.ts';
import { rolesOf } from '../lib/domain/environment/roles.ts';
import { inputs as schema } from './inputs.ts';
import { renderSummary } from './report.ts';
import { runReleaseBoard } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const context = readGithubContext();
  const client = createGithubClient({ ...context, token: inputs['github-token'], reporter, signal });
  const known = await readKnownFolders(root, (message) => reporter.warning(message));
  const { board, published } = await runReleaseBoard(known, context.repositoryUrl, {
    git: createGit(runProcess, root),
    ledgerOf: async (environment) => await createLedger(root, environment, rolesOf(environment).plan),
    pulls: createReleasePullRequests(client, inputs['base-branch']),
    issues: createDriftIssues(client),
    clock,
    reporter,
  });
  await writePage(inputs.path, board);
  if (published !== null) await writePage(inputs['published-path'], published);
  runner.setOutputs({
    path: inputs.path,
    published: String(published !== null),
    'published-path': published === null ? '' : inputs['published-path'],
  });
  await runner.addSummary(renderSummary(board));
});

async function writePage(folder: string, board: Board): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'index.html'), renderBoard(board));
}
