import path from 'node:path';
import type { EnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { isConfigured } from '../../actions/lib/domain/environment/configured.ts';
import { readOnnxFile } from '../../server/src/onnx/read-onnx-file.ts';

/** The producer that scripts/train writes into its models. */
const SAMPLE_PRODUCER = 'sample-trainer';

/** The services of a repository that are the sample as it was shipped: its model, no account, and no release. */
export function sampleServices(root: string, folders: readonly EnvironmentFolder[]): readonly string[] {
  const services = [...new Set(folders.map(({ environment }) => environment.service))];
  return services.filter((service) => {
    const own = folders.filter(({ environment }) => environment.service === service);
    const isUnused = own.every(
      ({ environment, releaseFile }) =>
        !isConfigured(environment) && releaseFile.live === null && Object.keys(releaseFile.releases).length === 0,
    );
    return isUnused && producerOf(path.join(root, 'server/models', service, 'model.onnx')) === SAMPLE_PRODUCER;
  });
}

function producerOf(file: string): string | undefined {
  try {
    return readOnnxFile(file).producerName;
  } catch {
    return undefined;
  }
}
