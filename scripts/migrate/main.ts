import path from 'node:path';
import { checkRepository, parseCommandLine, runCommand } from '../command-line.ts';
import { migrate } from './migrate.ts';

const USAGE = `Brings the content of this repository to the format that this version of the product reads: environments/*/,
server/models/*/ and terraform/bootstrap/accounts/. It prints what it changes, and changes nothing that it does not know.
Run it after merging a new version of the product; docs/upgrading.md says what each version changes.

  npm run migrate [-- options]

  --root DIR  the repository (default: the current folder)`;

await runCommand('npm run migrate', USAGE, async () => {
  const { values } = parseCommandLine({
    options: { root: { type: 'string', default: '.' } },
  });
  checkRepository('--root', values.root);
  const { changed, left } = await migrate(path.resolve(values.root));
  for (const line of changed) console.log(line);
  for (const line of left) console.log(`left as it is: ${line}`);
  console.log(
    changed.length === 0 ? 'Nothing to change.' : 'Review the changes, run `npm run check:content`, and commit them.',
  );
});
