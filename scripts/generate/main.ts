import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../build.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';
import { replaceFile } from '../replace-file.ts';
import { generateEnvironmentFiles } from './environment-files.ts';
import { findStale } from './generated-file.ts';
import { findStaleProductFiles } from './product-files.ts';

await runCommand('npm run generate', 'usage: npm run generate', async () => {
  parseCommandLine({ options: {} });
  for (const file of [...(await findStaleProductFiles()), ...(await findStale(await generateEnvironmentFiles()))]) {
    const target = path.join(ROOT, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await replaceFile(target, file.text);
    console.log(`wrote ${file.path}`);
  }
});
