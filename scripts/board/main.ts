import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { awsClientSettings } from '../../actions/lib/adapters/aws/clients.ts';
import { createS3Ledger } from '../../actions/lib/adapters/aws/s3-ledger.ts';
import { createGit } from '../../actions/lib/adapters/checkout/git.ts';
import { readKnownFolders } from '../../actions/lib/adapters/checkout/known-environments.ts';
import { readStateBucket } from '../../actions/lib/adapters/checkout/state-bucket.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { systemClock as clock } from '../../actions/lib/adapters/system/system-clock.ts';
import { makeBoard } from '../../actions/lib/domain/board/board.ts';
import { renderBoard } from '../../actions/lib/domain/board/page.ts';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { factPlaceOf } from '../../actions/lib/domain/ledger/fact.ts';
import { readBoard } from '../../actions/lib/operations/read-board.ts';
import type { Ledger } from '../../actions/lib/ports/ledger.ts';
import { checkOutput, parseCommandLine, runCommand } from '../command-line.ts';
import { openGithub } from '../doctor/github-access.ts';

const USAGE = `Writes the release board: one static page that shows what runs where, since when and by which evidence.

  npm run board [-- options]

  --output FILE              the page (default: release-board.html)
  --github OWNER/REPOSITORY  the repository (default: the remote "origin")
  --root DIR                 the checkout whose environments count (default: the current folder)

The token comes from GH_TOKEN or GITHUB_TOKEN, else from \`gh auth token\`. The ledgers are read with the AWS credentials of the
shell; the page names those that these can't read.`;

await runCommand('npm run board', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      output: { type: 'string', default: 'release-board.html' },
      github: { type: 'string' },
      root: { type: 'string', default: '.' },
    },
    paths: ['output'],
  });
  const output = path.resolve(values.output);
  checkOutput('--output', output);
  const root = path.resolve(values.root);
  const client = await openGithub(values.github, root);
  const reporter = { info: () => undefined, warning: (message: string) => console.error(message) };
  // They load the client: not before the address has been checked.
  const { createDriftIssues } = await import('../../actions/lib/adapters/github/drift-issues.ts');
  const { createReleasePullRequests } = await import('../../actions/lib/adapters/github/pull-requests.ts');
  const { data } = await client.call(
    'read the repository',
    'metadata: read',
    async () => await client.octokit.rest.repos.get(client.repository),
  );
  const { folders, broken } = await readKnownFolders(root, reporter.warning);
  const sources = await readBoard(folders, {
    git: createGit(runProcess, root),
    ledgerOf: async (environment) => await openLedger(root, environment, String(data.id)),
    pulls: createReleasePullRequests(client, data.default_branch),
    issues: createDriftIssues(client),
    reporter,
  });
  await writeFile(output, renderBoard(makeBoard(sources, { repositoryUrl: data.html_url, now: clock.now() }, broken)));
  console.log(`Wrote ${output}`);
});

async function openLedger(root: string, environment: Environment, repositoryId: string): Promise<Pick<Ledger, 'read'>> {
  const { bucket, region } = await readStateBucket(root, environment);
  // It only reads: no fact comes from here.
  const origin = { ...factPlaceOf(environment, repositoryId), commit: '', run: { id: 0, attempt: 0, url: '' } };
  return createS3Ledger(awsClientSettings(region), { bucket, environment, origin, clock });
}
