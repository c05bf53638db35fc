import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../build.ts';
import { removedPartOf } from './lab-parts.ts';

// What an npm script of the lab starts: the file that is named, or a sentence where the fork has deleted it.
const [node = '', , file = '', ...args] = process.argv;
const part = removedPartOf(file);
if (part === undefined) {
  const program = path.join(ROOT, file);
  process.argv = [node, program, ...args];
  await import(pathToFileURL(program).href);
} else {
  console.error(`${file} can't be run: this repository has no ${part}. CONTRIBUTING.md says what is lost without it.`);
  process.exitCode = 1;
}
