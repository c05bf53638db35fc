import type { ImageSource } from '../ports/image-builder.ts';

/** A source as the inputs of build-image describe it; its working directory is the current one. */
export const IMAGE_SOURCE: ImageSource = {
  workingDirectory: '.',
  context: '.',
  dockerfile: 'server/Dockerfile',
  modelDirectory: 'server/models/scoring',
  modelInImage: true,
  platform: 'linux/amd64',
  commit: 'c0ffee',
  commitTimeSeconds: 1_700_000_000,
  buildArguments: {},
  network: undefined,
};
