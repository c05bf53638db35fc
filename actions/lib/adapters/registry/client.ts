import { retrying } from '../../domain/errors/retry.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import { MEDIA_TYPES, type ManifestDocument } from '../../domain/image/manifest.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageRepository } from '../../ports/image-repository.ts';

/** The calls of the registry protocol that read an image. */
export interface RegistryClient {
  /** The manifest under a tag or digest, as it stands; undefined where there is none. */
  getManifest(reference: string): Promise<ManifestDocument | undefined>;
  getBlob(digest: string): Promise<Uint8Array>;
}

/** What a client works with. */
export interface RegistryClientOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal | undefined;
}

const RETRIES = { attempts: 4, firstWaitMilliseconds: 500 };

/** An answer that says that a later request may succeed. */
class PassingFailure extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}

/**
 * A client of the distribution protocol (https://github.com/opencontainers/distribution-spec) for one repository. It
 * calls a registry on the loopback interface without TLS, as docker does.
 */
export function createRegistryClient(
  repository: ImageRepository,
  { clock, signal }: RegistryClientOptions,
): RegistryClient {
  const scheme = isLoopback(repository.registry) ? 'http' : 'https';
  const root = `${scheme}://${repository.registry}/v2/${repository.name}`;
  const authorization = `Basic ${Buffer.from(`${repository.username}:${repository.password}`).toString('base64')}`;

  async function get(path: string, what: string, accept = '*/*'): Promise<Response> {
    const headers = { accept, authorization };
    const policy = { ...RETRIES, sleep: async (wait: number) => await clock.sleep(wait, signal) };
    try {
      return await retrying({ ...policy, isTransient: () => signal?.aborted !== true }, async () => {
        const response = await fetch(`${root}/${path}`, { headers, ...(signal === undefined ? {} : { signal }) });
        if (response.status === 429 || response.status >= 500) throw new PassingFailure(response);
        return response;
      });
    } catch (error) {
      if (error instanceof PassingFailure) return error.response;
      throw unreachable(repository, what, error);
    }
  }

  return {
    getManifest: async (reference) => {
      const what = `read the manifest ${repository.uri}, ${reference}`;
      const accept = [
        MEDIA_TYPES.manifest,
        MEDIA_TYPES.manifestList,
        MEDIA_TYPES.ociManifest,
        MEDIA_TYPES.ociIndex,
      ].join(', ');
      const response = await get(`manifests/${reference}`, what, accept);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      await expectOk(response, what);
      return {
        mediaType: (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '',
        bytes: new Uint8Array(await response.arrayBuffer()),
      };
    },

    getBlob: async (digest) => {
      const what = `read the blob ${digest} of ${repository.uri}`;
      const response = await get(`blobs/${digest}`, what);
      await expectOk(response, what);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** Whether a registry's host is this machine, where there is no TLS to speak. */
function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function expectOk(response: Response, what: string): Promise<void> {
  if (response.status === 200) return;
  const body = (await response.text()).trim().slice(0, 500);
  throw new UserError({
    what: `Could not ${what}`,
    where: response.url,
    expected: 'HTTP 200',
    found: `HTTP ${response.status}${body === '' ? '' : `: ${body}`}`,
    remedy:
      response.status === 401 || response.status === 403
        ? 'Check that the role may read this repository (ecr:BatchGetImage, ecr:GetDownloadUrlForLayer).'
        : 'Run the workflow again; if it fails again, read the answer of the registry.',
  });
}

function unreachable(repository: ImageRepository, what: string, cause: unknown): UserError {
  return new UserError({
    what: `Could not ${what}`,
    where: repository.registry,
    expected: 'an answer from the registry',
    found: cause instanceof Error ? cause.message : String(cause),
    remedy: 'Check that the registry can be reached from this machine, and run the workflow again.',
    cause,
  });
}
