import { UserError } from '../../domain/errors/user-error.ts';
import { compressedSizeBytes, digestOf, parseImageManifest, parsePlatform } from '../../domain/image/manifest.ts';
import type { ImageReader, ImageRepository } from '../../ports/image-repository.ts';
import type { RegistryClient } from './client.ts';

/** Reads images over the registry protocol, and holds what it reads against the digests that name it. */
export function createImageReader(repository: ImageRepository, client: RegistryClient): ImageReader {
  return {
    find: async (reference) => {
      const document = await client.getManifest(reference);
      if (document === undefined) return undefined;
      const digest = digestOf(document.bytes);
      const image = `${repository.uri}@${digest}`;
      if (reference.startsWith('sha256:') && reference !== digest) throw damaged(repository.uri, reference, digest);
      const manifest = parseImageManifest(image, document);
      const config = await client.getBlob(manifest.config.digest);
      const configDigest = digestOf(config);
      if (configDigest !== manifest.config.digest) throw damaged(image, manifest.config.digest, configDigest);
      return {
        reference: image,
        digest,
        sizeBytes: compressedSizeBytes(manifest),
        platform: parsePlatform(image, config),
        layers: manifest.layers,
      };
    },
  };
}

function damaged(where: string, expected: string, found: string): UserError {
  return new UserError({
    what: 'The content from the registry does not match the requested digest',
    where,
    expected,
    found,
    remedy: 'Run the workflow again; if it stays, something between here and the registry changes what it carries.',
  });
}
