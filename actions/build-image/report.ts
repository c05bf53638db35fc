import type { ImageComparison } from '../lib/domain/image/comparison.ts';
import type { BuildImageResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs(result: BuildImageResult): Readonly<Record<string, string>> {
  const { image, builder, comparison, model, sbomFile, attestations } = result;
  return {
    image: image.reference,
    digest: image.digest,
    size: String(image.sizeBytes),
    platform: image.platform,
    builder,
    'previous-digest': comparison?.previousDigest ?? '',
    'size-change': comparison === undefined ? '' : String(comparison.changeBytes),
    'new-layers-size': comparison === undefined ? '' : String(comparison.added.sizeBytes),
    'sbom-file': sbomFile ?? '',
    'model-uri': model?.uri ?? '',
    'model-digest': model?.digest ?? '',
    attestations: String(attestations),
  };
}

/** The job summary. */
export function renderSummary({ image, builder, tag, comparison, model }: BuildImageResult): string {
  const how: Readonly<Record<BuildImageResult['builder'], string>> = {
    docker: 'built with docker',
    reused: 'found under its tag, not built again',
  };
  return [
    '### Image',
    '',
    '| | |',
    '|---|---|',
    `| image | \`${image.reference}\` |`,
    `| tag | \`${tag}\` |`,
    `| how | ${how[builder]} |`,
    `| platform | ${image.platform} |`,
    `| size of a pull | ${renderMebibytes(image.sizeBytes)} in ${image.layers.length} layers |`,
    `| against the one before | ${renderComparison(comparison)} |`,
    `| model | ${model === undefined ? 'in the image' : `\`${model.uri}\`, ${model.written} of ${model.files.length} files new`} |`,
    '',
  ].join('\n');
}

function renderComparison(comparison: ImageComparison | undefined): string {
  if (comparison === undefined) return 'none to compare with';
  const { changeBytes, added, reused, previousDigest } = comparison;
  const sign = changeBytes < 0 ? '−' : '+';
  return (
    `${sign}${renderMebibytes(Math.abs(changeBytes))}: ${added.layers} layers new (${renderMebibytes(added.sizeBytes)}), ` +
    `${reused.layers} reused (${renderMebibytes(reused.sizeBytes)}) of \`${previousDigest.slice(0, 'sha256:'.length + 12)}\``
  );
}

function renderMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
