import path from 'node:path';
import { createGithubClient } from '../../actions/lib/adapters/github/client.ts';
import { readRepositorySettings } from '../../actions/lib/adapters/github/repository-settings.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { examine } from '../../actions/lib/domain/doctor/examine.ts';
import { renderFindings } from '../../actions/lib/domain/doctor/render.ts';
import { repositoryOfRemote } from '../bootstrap/settings.ts';
import { parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { readSettingsDemand } from '../../actions/lib/adapters/checkout/settings-demand.ts';

const USAGE = `Examines the settings of the repository on GitHub that security rests on, and prints for each that is not as
it should be the command that mends it. It changes nothing. Exit code 1 means that something is to be mended.

  npm run doctor [-- options]

  --github OWNER/REPOSITORY  the repository (default: the remote "origin")
  --root DIR                 the checkout whose environments count (default: the current folder)
  --json                     print the findings as JSON

The token comes from GH_TOKEN or GITHUB_TOKEN, else from \`gh auth token\`. One that may administer the repository sees
everything; what another can't see is listed as such.`;

await runCommand('npm run doctor', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      github: { type: 'string' },
      root: { type: 'string', default: '.' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const root = path.resolve(values.root);
  const client = createGithubClient({
    token: await findToken(),
    apiUrl: process.env['GITHUB_API_URL'] ?? 'https://api.github.com',
    repository: await findRepository(values.github, root),
    reporter: { info: () => undefined, warning: (message) => console.error(message) },
  });
  const demand = await readSettingsDemand(root, (message) => console.error(message));
  const findings = examine(await readRepositorySettings(client, demand), demand);
  console.log(values.json ? JSON.stringify(findings, null, 2) : renderFindings(findings).trimEnd());
  if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = 1;
});

async function findRepository(given: string | undefined, root: string): Promise<string> {
  const origin = { command: 'git', argv: ['remote', 'get-url', 'origin'], cwd: root };
  const repository = given ?? repositoryOfRemote((await runProcess(origin)).stdout);
  if (repository !== undefined && /^[\w.-]+\/[\w.-]+$/.test(repository)) return repository;
  throw new UsageError({
    what: 'The repository on GitHub is not known',
    expected: '--github OWNER/REPOSITORY, or a remote "origin" on github.com',
    found: repository ?? 'no such remote',
  });
}

async function findToken(): Promise<string> {
  const given = process.env['GH_TOKEN'] ?? process.env['GITHUB_TOKEN'] ?? '';
  if (given !== '') return given;
  const asked = await runProcess({ command: 'gh', argv: ['auth', 'token'], cwd: process.cwd() }).catch(() => undefined);
  const token = asked?.exitCode === 0 ? asked.stdout.trim() : '';
  if (token !== '') return token;
  throw new UsageError({
    what: 'There is no token for GitHub',
    expected: 'GH_TOKEN, GITHUB_TOKEN or a signed-in `gh`',
    found: 'none',
    remedy: 'Sign in with `gh auth login`, or set GH_TOKEN.',
  });
}
