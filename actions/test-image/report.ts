import { UserError } from '../lib/domain/errors/user-error.ts';
import { renderImageEvidence } from '../lib/domain/image/evidence.ts';
import { cell } from '../lib/domain/swap/cells.ts';
import type { TestImageResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs({ evidence, failures }: TestImageResult): Readonly<Record<string, string>> {
  return {
    evidence: failures.length === 0 ? JSON.stringify(evidence) : '',
    cases: String(evidence.cases),
    failed: String(failures.length),
    'start-seconds': evidence.startSeconds.toFixed(3),
  };
}

/** A summary lists so many cases. */
const MOST_LISTED = 50;

/** The job summary. */
export function renderSummary({ evidence, failures }: TestImageResult): string {
  if (failures.length === 0) return `### ✅ Test of the image\n\n${renderImageEvidence(evidence)}\n`;
  const rows = failures.slice(0, MOST_LISTED).map(({ file, name, found }) => {
    return `| ${[file, name, found].map(cell).join(' | ')} |`;
  });
  return [
    '### ❌ Test of the image',
    '',
    `\`${evidence.image}\` answered ${failures.length} of ${evidence.cases} cases otherwise than expected. Nothing is proposed.`,
    '',
    '| file | case | what was found |',
    '|---|---|---|',
    ...rows,
    ...(failures.length > MOST_LISTED ? ['', `${failures.length - MOST_LISTED} more are not listed.`] : []),
    '',
  ].join('\n');
}

/** The error that the job ends with, or null where every answer is as expected. */
export function errorOf({ evidence, failures }: TestImageResult): UserError | null {
  const [first] = failures;
  if (first === undefined) return null;
  return new UserError({
    what: `The image does not answer ${failures.length} of ${evidence.cases} cases as expected, so it is proposed to no environment`,
    where: `${evidence.image}; the first is ${first.file} at case "${first.name}"`,
    expected: 'what each case says under "expect"',
    found: first.found,
    remedy: 'Correct the model or the server, or the case, and merge that. The job summary lists all cases.',
    location: { file: first.file },
  });
}
