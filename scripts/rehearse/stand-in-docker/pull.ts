import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unpackLayers } from '@sagemaker-gitops/local-aws/instances';
import { z } from 'zod';
import { sha256 } from './layers.ts';
import { send, type Registry } from './registry.ts';

/** An image on this machine: `config.json`, and its file system below `root`. */
export interface PulledImage {
  readonly config: string;
  readonly root: string;
}

/** Where an image is or would be, by its digest. */
export function imageAt(stateFolder: string, digest: string): PulledImage & { readonly folder: string } {
  const folder = path.join(stateFolder, 'images', digest.replace(':', '-'));
  return { folder, config: path.join(folder, 'config.json'), root: path.join(folder, 'root') };
}

const descriptor = z.object({ digest: z.string() });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });

/**
 * Brings an image onto this machine, with the distribution protocol.
 *
 * @throws Error where the registry refuses, or has other content under a digest.
 */
export async function pullImage(
  stateFolder: string,
  from: Registry,
  { repository, digest }: { readonly repository: string; readonly digest: string },
): Promise<void> {
  const get = async (location: string, expected: string): Promise<Buffer> => {
    const response = await send(from, 'GET', `/v2/${repository}/${location}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (sha256(bytes) !== expected) throw new Error(`${location} of ${repository} has other content than ${expected}`);
    return bytes;
  };
  const manifest = manifestSchema.parse(JSON.parse((await get(`manifests/${digest}`, digest)).toString('utf8')));
  const target = imageAt(stateFolder, digest);
  const work = `${target.folder}-${String(process.pid)}`;
  await mkdir(work, { recursive: true });
  const layers: string[] = [];
  for (const [index, { digest: layer }] of manifest.layers.entries()) {
    const file = path.join(work, `layer-${String(index)}`);
    await writeFile(file, await get(`blobs/${layer}`, layer));
    layers.push(file);
  }
  await unpackLayers(layers, path.join(work, 'root'));
  await Promise.all(layers.map(async (file) => await rm(file)));
  await writeFile(path.join(work, 'config.json'), await get(`blobs/${manifest.config.digest}`, manifest.config.digest));
  await rm(target.folder, { recursive: true, force: true });
  await rename(work, target.folder);
}
