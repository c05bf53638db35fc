import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { listEnvironments, readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { createPlanComments } from '../lib/adapters/github/comments.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createHeadFetcher } from '../lib/adapters/github/fetch-head.ts';
import { createReleasePullRequests } from '../lib/adapters/github/pull-requests.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { describeError } from '../lib/domain/errors/user-error.ts';
import { parseReplaySummary } from '../lib/domain/replay/summary.ts';
import { inputs as schema } from './inputs.ts';
import { renderFound, renderMatrix } from './report.ts';
import { findReplays, writeReplay } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const context = readGithubContext();
  const token = inputs['github-token'];
  const client = createGithubClient({ ...context, token, reporter, signal });
  const comments = createPlanComments(client);
  if (inputs.mode === 'find') {
    const replays = await findReplays(inputs, {
      environments: async () => {
        const entries = (await listEnvironments(root)).map(async (name) => {
          try {
            return [await readEnvironmentFolder(root, name)];
          } catch (error) {
            // One broken environment stops no other.
            reporter.warning(`${name} is left out: ${describeError(error)}`);
            return [];
          }
        });
        return (await Promise.all(entries)).flat();
      },
      pulls: createReleasePullRequests(client, inputs['base-branch']),
      comments,
      fetchHead: createHeadFetcher(runProcess, root, { ...context, token, environment: process.env }),
      git: createGit(runProcess, root),
      reporter,
    });
    reporter.info(renderFound(replays));
    runner.setOutputs({ replays: renderMatrix(replays) });
    return;
  }
  const file = path.join(inputs['replay-directory'], `${inputs.environment ?? ''}.json`);
  const summary = parseReplaySummary({ path: file, text: await readFile(file, 'utf8') });
  const written = await writeReplay(inputs, { summary, comments, runUrl: context.runUrl });
  reporter.info(`wrote ${written.url}`);
  runner.setOutputs({ 'comment-url': written.url });
});
