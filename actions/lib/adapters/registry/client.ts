import { retrying } from '../../domain/errors/retry.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import { MEDIA_TYPES, type ManifestDocument } from '../../domain/image/manifest.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageRepository } from '../../ports/image-repository.ts';

/** The calls of the registry protocol that publishing an image needs. */
export interface RegistryClient {
  /** The manifest under a tag or digest, as it stands; undefined where there is none. */
  getManifest(reference: string): Promise<ManifestDocument | undefined>;
  /** @throws UserError when the registry refuses it, with its own words. */
  putManifest(reference: string, document: ManifestDocument): Promise<void>;
  hasBlob(digest: string): Promise<boolean>;
  getBlob(digest: string): Promise<Uint8Array>;
  putBlob(digest: string, content: Blob): Promise<void>;
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
 * A client of the distribution protocol (https://github.com/opencontainers/distribution-spec) for one repository. A
 * registry on the loopback interface is spoken to without TLS, as docker does.
 */
export function createRegistryClient(
  repository: ImageRepository,
  { clock, signal }: RegistryClientOptions,
): RegistryClient {
  const base = `${isLoopback(repository.registry) ? 'http' : 'https'}://${repository.registry}`;
  const root = `${base}/v2/${repository.name}`;
  const authorization = `Basic ${Buffer.from(`${repository.username}:${repository.password}`).toString('base64')}`;

  async function send(method: string, url: string, what: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    const policy = { ...RETRIES, sleep: async (wait: number) => await clock.sleep(wait, signal) };
    try {
      return await retrying({ ...policy, isTransient: () => signal?.aborted !== true }, async () => {
        const response = await fetch(url, { ...init, method, headers, ...(signal === undefined ? {} : { signal }) });
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
      const response = await send('GET', `${root}/manifests/${reference}`, what, { headers: { accept } });
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      await expectStatus(response, [200], what);
      return {
        mediaType: (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '',
        bytes: new Uint8Array(await response.arrayBuffer()),
      };
    },

    putManifest: async (reference, document) => {
      const what = `put the manifest ${repository.uri}, ${reference}`;
      const response = await send('PUT', `${root}/manifests/${reference}`, what, {
        headers: { 'content-type': document.mediaType },
        body: Buffer.from(document.bytes),
      });
      await expectStatus(response, [200, 201, 202], what);
      await response.body?.cancel();
    },

    hasBlob: async (digest) => {
      const what = `look for the blob ${digest} in ${repository.uri}`;
      const response = await send('HEAD', `${root}/blobs/${digest}`, what);
      if (response.status === 404) return false;
      await expectStatus(response, [200], what);
      return true;
    },

    getBlob: async (digest) => {
      const what = `read the blob ${digest} of ${repository.uri}`;
      const response = await send('GET', `${root}/blobs/${digest}`, what);
      await expectStatus(response, [200], what);
      return new Uint8Array(await response.arrayBuffer());
    },

    putBlob: async (digest, content) => {
      const what = `upload the blob ${digest} to ${repository.uri}`;
      const started = await send('POST', `${root}/blobs/uploads/`, what);
      await expectStatus(started, [202], what);
      await started.body?.cancel();
      // As docker pushes: one PATCH with the content, one PUT that closes the upload. Not every registry takes the
      // content in the PUT.
      const patched = await send('PATCH', locationOf(started, base, what), what, {
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
      });
      await expectStatus(patched, [201, 202, 204], what);
      await patched.body?.cancel();
      const close = new URL(locationOf(patched, base, what));
      close.searchParams.set('digest', digest);
      const closed = await send('PUT', close.href, what);
      await expectStatus(closed, [201, 204], what);
      await closed.body?.cancel();
    },
  };
}

/** Whether a registry's host is this machine, where there is no TLS to speak. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '');
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function locationOf(response: Response, base: string, what: string): string {
  const location = response.headers.get('location');
  if (location !== null) return new URL(location, base).href;
  throw new UserError({
    what: `Could not ${what}`,
    where: response.url,
    expected: 'the header Location, which names the upload',
    found: 'none',
    remedy: 'Check that the address is that of an image registry.',
  });
}

async function expectStatus(response: Response, expected: readonly number[], what: string): Promise<void> {
  if (expected.includes(response.status)) return;
  const body = (await response.text()).trim().slice(0, 500);
  throw new UserError({
    what: `Could not ${what}`,
    where: response.url,
    expected: `HTTP ${expected.join(' or ')}`,
    found: `HTTP ${response.status}${body === '' ? '' : `: ${body}`}`,
    remedy:
      response.status === 401 || response.status === 403
        ? 'Check that the role may push to this repository (ecr:PutImage, ecr:UploadLayerPart and their kin).'
        : "Run the workflow again; if it stays, the registry's own words say why.",
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
