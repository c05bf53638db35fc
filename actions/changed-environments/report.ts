import { notConfiguredText } from '../lib/domain/environment/configured.ts';
import { codeSpan } from '../lib/domain/text/markdown.ts';
import type { ChangedEnvironments } from './run.ts';

/** The outputs of the action. */
export function renderOutputs(changed: ChangedEnvironments): Record<string, string> {
  return {
    environments: JSON.stringify(changed.chains.flatMap(({ environments }) => environments)),
    chains: JSON.stringify(changed.chains),
    'not-configured': JSON.stringify(changed.notConfigured),
    removed: JSON.stringify(changed.removed),
    product: String(changed.product),
    answers: String(changed.answers),
    models: JSON.stringify(changed.models),
    images: JSON.stringify(changed.images),
    reviews: JSON.stringify(changed.reviews),
    'compared-with': changed.comparedWith ?? '',
  };
}

/** The job summary. */
export function renderSummary({ chains, images, notConfigured }: ChangedEnvironments): string {
  const environments = chains.flatMap((chain) => chain.environments);
  return [
    '### What is touched',
    '',
    environments.length === 0 ? 'No environment that is set up.' : `Environments: ${list(environments)}.`,
    images.length === 0 ? 'No image.' : `Images of ${list(images)}.`,
    ...notConfigured.map((name) => `\n${notConfiguredText(name)}`),
    '',
  ].join('\n');
}

function list(names: readonly string[]): string {
  return names.map(codeSpan).join(', ');
}
