import path from 'node:path';
import { examine } from '../../actions/lib/domain/doctor/examine.ts';
import { renderFindings } from '../../actions/lib/domain/doctor/render.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';
import { openGithub } from './github-access.ts';
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
    },
  });
  const root = path.resolve(values.root);
  const client = await openGithub(values.github, root);
  // It loads the client: not before the address has been checked.
  const { readRepositorySettings } = await import('../../actions/lib/adapters/github/repository-settings.ts');
  const demand = await readSettingsDemand(root, (message) => console.error(message));
  const findings = examine(await readRepositorySettings(client, demand), demand);
  console.log(values.json ? JSON.stringify(findings, null, 2) : renderFindings(findings).trimEnd());
  if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = 1;
});
