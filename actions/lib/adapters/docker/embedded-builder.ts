import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digestOf, MEDIA_TYPES } from '../../domain/image/manifest.ts';
import { renderImageConfig } from '../../domain/image/layer.ts';
import type { ImageBuilder } from '../../ports/image-builder.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { readEmbeddedLayers } from './embedded-layers.ts';
import { packLayer, packLayerOnce, type PackedLayerFile } from './layer-packer.ts';
import { createRegistryClient, type RegistryClient } from '../registry/client.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64' };

/** What the embedded builder works with. */
export interface EmbeddedBuilderOptions {
  readonly reporter: Reporter;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Assembles an image without a container engine, for rehearsals: the built server, onnxruntime for this machine and the
 * model, as layers over nothing. It can be pulled and unpacked, but to run it takes a Node on the machine.
 */
export function createEmbeddedBuilder({ reporter, clock, signal }: EmbeddedBuilderOptions): ImageBuilder {
  const platform = `${process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`;
  return {
    kind: 'embedded',
    platform,
    publish: async (source, repository, tag) => {
      const client = createRegistryClient(repository, { clock, signal });
      const scratch = await mkdtemp(path.join(tmpdir(), 'image-layers-'));
      const kept = path.resolve(source.workingDirectory, 'node_modules/.cache/image-layers');
      try {
        const layers: { readonly name: string; readonly packed: PackedLayerFile }[] = [];
        for (const { name, stable, files } of await readEmbeddedLayers(source)) {
          const packed = stable ? await packLayerOnce(files, kept) : await packLayer(files, scratch);
          const pushed = await pushBlob(client, packed.digest, await openAsBlob(packed.file));
          reporter.info(`layer ${name}: ${packed.digest}, ${packed.sizeBytes} bytes, ${pushed}`);
          layers.push({ name, packed });
        }
        const config = Buffer.from(renderImageConfig({ ...source, platform }, layers));
        await pushBlob(client, digestOf(config), new Blob([config]));
        await client.putManifest(tag, {
          mediaType: MEDIA_TYPES.manifest,
          bytes: Buffer.from(
            JSON.stringify({
              schemaVersion: 2,
              mediaType: MEDIA_TYPES.manifest,
              config: { mediaType: MEDIA_TYPES.config, size: config.length, digest: digestOf(config) },
              layers: layers.map(({ packed }) => ({
                mediaType: MEDIA_TYPES.layer,
                size: packed.sizeBytes,
                digest: packed.digest,
              })),
            }),
          ),
        });
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

async function pushBlob(client: RegistryClient, digest: string, content: Blob): Promise<string> {
  if (await client.hasBlob(digest)) return 'there already';
  await client.putBlob(digest, content);
  return 'pushed';
}
