import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../../domain/environment/environment.ts';
import { stateBucketName } from '../../domain/environment/names.ts';
import { readHomeRegions } from './home-regions.ts';

/** A bucket, and the region that it is in. */
export interface BucketPlace {
  readonly bucket: string;
  readonly region: string;
}

/** The bucket and region that the text of a `backend.hcl` names; undefined where it doesn't. */
export function parseBackend(text: string): Readonly<Record<keyof BucketPlace, string | undefined>> {
  const setting = (name: string): string | undefined => new RegExp(`^${name}\\s*=\\s*"([^"]+)"`, 'm').exec(text)?.[1];
  return { bucket: setting('bucket'), region: setting('region') };
}

/**
 * The bucket with the state and the ledger of an environment: as `backend.hcl` names it, from which Terraform has it too.
 * Without that file it is the one that the bootstrap makes.
 *
 * @throws UserError when the stored settings of an account can't be read.
 */
export async function readStateBucket(root: string, environment: Environment): Promise<BucketPlace> {
  const file = path.join(root, 'environments', environment.name, 'backend.hcl');
  const text = await readFile(file, 'utf8').catch(() => '');
  const backend = parseBackend(text);
  return {
    bucket: backend.bucket ?? stateBucketName(environment),
    region: backend.region ?? (await readHomeRegions(root))(environment) ?? environment.region,
  };
}
