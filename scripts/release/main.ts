import { runCommand } from '../command-line.ts';
import { runRelease, USAGE } from './commands.ts';

await runCommand('npm run release', USAGE, async () => {
  const args = process.argv.slice(2);
  console.log(args.length === 0 ? USAGE : await runRelease(args));
});
