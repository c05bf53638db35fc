import { existsSync } from 'node:fs';
import path from 'node:path';
import { readPrices } from '../../actions/lib/adapters/checkout/prices-file.ts';
import { oneOf } from '../../actions/lib/domain/errors/user-error.ts';
import { UsageError } from '../command-line.ts';
import { checkAnswers, planStarts, type CheckedAnswers, type ModelStart } from './check-answers.ts';
import { checkEnvironments } from './check-environments.ts';
import { checkModels } from './check-models.ts';
import { attempt, type Finding } from './finding.ts';
import { withServerBundle } from './server-bundle.ts';

export interface ContentOptions {
  /** The repository whose content is checked. */
  readonly root: string;
  /** The only service whose model is started; undefined for all of them. */
  readonly service?: string | undefined;
  /** Whether models are started and asked. */
  readonly startsModels: boolean;
  /** Called as a part of the check begins. */
  readonly onProgress?: (line: string) => void;
}

/** What came of a check of the content. */
export interface ContentReport {
  readonly findings: readonly Finding[];
  /** What was checked, in one line. */
  readonly summary: string;
}

// One server uses several threads; more of them than this only wait for each other.
const SERVERS_AT_ONCE = 2;

/**
 * Checks what a repository owns: its environments and its models.
 *
 * @throws UsageError when the service that was asked for has no model.
 */
export async function checkContent({
  root,
  service,
  startsModels,
  onProgress = () => undefined,
}: ContentOptions): Promise<ContentReport> {
  const environments = await checkEnvironments(root);
  const prices = await attempt(async () => await readPrices(root));
  const models = await checkModels(root, environments.checked);
  const wanted = models.checked.filter((model) => service === undefined || model.service === service);
  // What is wrong with a model or its environments is a finding: then there is nothing to start.
  const isKnown = (name: string): boolean =>
    existsSync(path.join(root, 'server/models', name)) ||
    environments.checked.some(({ environment }) => environment.service === name);
  if (service !== undefined && wanted.length === 0 && !isKnown(service)) {
    throw new UsageError({
      what: `There is no service ${service} with a model`,
      expected: oneOf(
        models.checked.map((model) => model.service),
        'a service with a model: there is none',
      ),
      found: service,
    });
  }
  const starts = startsModels ? wanted.flatMap((model) => planStarts(model, environments.checked)) : [];
  const answers = starts.length === 0 ? [] : await askModels(root, starts, onProgress);
  const asked = answers.reduce((sum, each) => sum + each.asked, 0);
  return {
    findings: [
      ...environments.findings,
      ...prices.findings,
      ...models.findings,
      ...answers.flatMap((each) => each.findings),
    ],
    summary: `${count(environments.checked.length, 'environment')}, ${count(models.checked.length, 'model')}, ${
      startsModels ? `${count(asked, 'question')} asked` : 'no model started'
    }`,
  };
}

async function askModels(
  root: string,
  starts: readonly ModelStart[],
  onProgress: (line: string) => void,
): Promise<readonly CheckedAnswers[]> {
  return await withServerBundle(async (bundle) => {
    const waiting = [...starts];
    const checked: CheckedAnswers[] = [];
    const work = async (): Promise<void> => {
      for (let start = waiting.shift(); start !== undefined; start = waiting.shift()) {
        onProgress(`starting ${start.model.folder}`);
        checked.push(await checkAnswers(root, bundle, start));
      }
    };
    await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, work));
    return checked;
  });
}

function count(number: number, thing: string): string {
  return `${String(number)} ${thing}${number === 1 ? '' : 's'}`;
}
