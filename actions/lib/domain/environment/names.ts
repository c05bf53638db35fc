import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ReleaseId } from '../release/release.ts';

/** The one production variant of every endpoint config: a swap must keep the variant's name. */
export const VARIANT_NAME = 'primary';

/** Name of an environment, and of its folder. NAME-approval and automation are environments of the product's own on GitHub. */
export const environmentName = z
  .string()
  .regex(
    /^(?!.*-approval$|automation$)[a-z0-9](?:-?[a-z0-9])*$/,
    'lower-case letters, digits and single hyphens, not ending in -approval, and not automation',
  );

/** A JSON file of a person's in the folder of an environment. */
export const ownFile = z
  .string()
  .regex(
    /^(?!(?:environment|release)\.json$)[\w.-]+\.json$/,
    'the name of a JSON file in the environment folder, other than environment.json and release.json',
  );

/** What names an environment's resources are made of. */
export interface NamedEnvironment {
  readonly service: string;
  readonly name: string;
}

/** The endpoint of an environment: `SERVICE-ENV`. */
export function endpointName(environment: NamedEnvironment): string {
  return `${environment.service}-${environment.name}`;
}

/** The name that a release's model and endpoint config share: `SERVICE-ENV-ID`. */
export function endpointConfigName(environment: NamedEnvironment, id: ReleaseId): string {
  return `${endpointName(environment)}-${id}`;
}

/** The release that an endpoint config belongs to, or undefined where the name is not one of this environment's. */
export function releaseIdOfConfig(environment: NamedEnvironment, configName: string): ReleaseId | undefined {
  const prefix = `${endpointName(environment)}-`;
  const id = configName.startsWith(prefix) ? configName.slice(prefix.length) : '';
  return /^[0-9a-f]{12}$/.test(id) ? id : undefined;
}

/** The bucket for the Terraform states of a service in an account, which the bootstrap makes. */
export function stateBucketName({ service, account }: { readonly service: string; readonly account: string }): string {
  return `${service}-${account}-state`;
}

const LONGEST_BUCKET_NAME = 63;

/** The bucket of an environment's captured data, as the module inference-endpoint names it. */
export function captureBucketName(environment: NamedEnvironment & { readonly account: string }): string {
  const endpoint = endpointName(environment);
  const name = `${endpoint}-${environment.account}-capture`;
  if (name.length <= LONGEST_BUCKET_NAME) return name;
  const digest = createHash('sha256').update(endpoint).digest('hex').slice(0, 8);
  return `${endpoint.slice(0, 33).replace(/-$/, '')}-${digest}-${environment.account}-capture`;
}

/** The resource id of the endpoint's variant in Application Auto Scaling. */
export function scalableResourceId(environment: NamedEnvironment): string {
  return `endpoint/${endpointName(environment)}/variant/${VARIANT_NAME}`;
}

/** The environment on GitHub whose reviewers approve what is done to an environment; it has no role and no secret. */
export function approvalEnvironment(name: string): string {
  return `${name}-approval`;
}

/** What the inference ids of the product's own questions to an endpoint start with. */
export const PROBE_ID_PREFIX = 'probe-';
