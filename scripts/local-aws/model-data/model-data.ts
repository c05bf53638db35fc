import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { LaunchError } from '../instances/launcher.ts';
import { unpackLayers } from '../instances/unpack-layers.ts';
import type { ModelData, ModelDataLocation } from '../sagemaker/dependencies.ts';
import type { S3Reader } from './s3.ts';

/** Model data in S3, which SageMaker looks for when a model is created, and downloads for each fleet that it launches. */
export const createModelData = (reader: S3Reader, directory: string): ModelData => ({
  async exists({ uri, kind }) {
    const { bucket, key } = parseUri(uri);
    if (bucket === undefined || key === undefined) return false;
    // A bucket that cannot be listed has no data that can be found.
    const keys = await reader.listKeys(bucket, key).catch((): readonly string[] => []);
    return kind === 'prefix' ? keys.length > 0 : keys.includes(key);
  },
  fetch: (location) => download(reader, directory, location),
});

function parseUri(uri: string): { readonly bucket?: string; readonly key?: string } {
  return /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/.exec(uri)?.groups ?? {};
}

async function download(reader: S3Reader, directory: string, { uri, kind }: ModelDataLocation): Promise<string> {
  const failure = (reason: string, cause?: unknown) =>
    new LaunchError(
      `Failed to download model data for container "container_1" from URL: "${uri}". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object. (${reason})`,
      { cause },
    );
  const { bucket, key } = parseUri(uri);
  if (bucket === undefined || key === undefined) throw failure('expected s3://BUCKET/KEY');
  try {
    await mkdir(directory, { recursive: true });
    const target = await mkdtemp(join(directory, 'model-'));
    const keys = kind === 'prefix' ? await reader.listKeys(bucket, key) : [key];
    if (keys.length === 0) throw failure('there is no object under this prefix');
    for (const each of keys) {
      if (each.endsWith('/')) continue;
      const name = kind === 'prefix' ? each.slice(key.length) : (each.split('/').at(-1) ?? each);
      const path = join(kind === 'archive' ? directory : target, normalize(`/${name}`));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await reader.readObject(bucket, each));
      if (kind === 'archive') await unpackLayers([path], target);
    }
    return target;
  } catch (error) {
    if (error instanceof LaunchError) throw error;
    throw failure(error instanceof Error ? error.message : String(error), error);
  }
}
