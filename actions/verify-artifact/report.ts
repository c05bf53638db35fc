import { UserError } from '../lib/domain/errors/user-error.ts';
import { codeSpan, logText, visible } from '../lib/domain/text/markdown.ts';
import type { ArtifactVerification } from './run.ts';

/** The outputs of the action. */
export function renderOutputs(verification: ArtifactVerification): Readonly<Record<string, string>> {
  if (verification.kind === 'none' || verification.provenance.kind === 'refused') return { provenance: '', note: '' };
  const { provenance } = verification;
  const note = provenance.kind === 'accepted' ? `, NOT PROVEN, accepted: ${visible(provenance.reason)}` : '';
  return { provenance: JSON.stringify(provenance.record), note };
}

/** The job summary. */
export function renderSummary(environment: string, verification: ArtifactVerification): string {
  const head = `## Artifact: ${codeSpan(environment)}\n`;
  if (verification.kind === 'none') return `${head}\nNo release is live, so there is nothing to verify.\n`;
  const { release, provenance } = verification;
  const { image, model } = release.spec;
  const lines = [
    `- release ${codeSpan(release.id)}`,
    `- image ${codeSpan(image)}`,
    ...(model === null ? [] : [`- model ${codeSpan(model.digest)}`]),
  ];
  const verdict = {
    proven: () => [`**Proven**`, '', ...sentences(provenance)],
    accepted: () => [`**Not proven, and accepted by whoever started this**`, '', ...sentences(provenance)],
    refused: () => [`**Refused**: nothing proves where it comes from`, '', ...sentences(provenance)],
  }[provenance.kind]();
  return [head, ...verdict, '', ...lines, ''].join('\n');
}

function sentences(provenance: Extract<ArtifactVerification, { kind: 'judged' }>['provenance']): readonly string[] {
  switch (provenance.kind) {
    case 'proven':
      return provenance.record.text.split('; ').map((line) => `- ${codeSpan(line)}`);
    case 'accepted':
      return [`- reason: ${codeSpan(provenance.reason)}`, ...provenance.problems.map((line) => `- ${codeSpan(line)}`)];
    case 'refused':
      return provenance.problems.map((line) => `- ${codeSpan(line)}`);
  }
}

/** The error that the action ends with, or undefined where it ended well. */
export function refusalOf(environment: string, verification: ArtifactVerification): UserError | undefined {
  if (verification.kind === 'none' || verification.provenance.kind !== 'refused') return undefined;
  const { release, provenance } = verification;
  return new UserError({
    what: `Release ${release.id} is not deployed to ${environment}: nothing proves where its artifact comes from`,
    where: release.spec.image,
    expected: 'an artifact that release-service.yml made, and that the environment before has verified',
    found: provenance.problems.map(logText).join('; '),
    remedy: `Promote what the workflows built and the environment before has verified. To deploy this artifact all the same, run Deploy for ${environment} with accept-unproven: the reason.`,
  });
}
