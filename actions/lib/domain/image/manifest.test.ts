import { describe, expect, it } from 'vitest';
import { compressedSizeBytes, digestOf, MEDIA_TYPES, parseImageManifest, parsePlatform } from './manifest.ts';

const REFERENCE = '127.0.0.1:1/scoring@sha256:0';
const descriptor = (mediaType: string, size: number) => ({ mediaType, size, digest: `sha256:${'0'.repeat(64)}` });
const valid = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.manifest,
  config: descriptor(MEDIA_TYPES.config, 10),
  layers: [descriptor(MEDIA_TYPES.layer, 100), descriptor(MEDIA_TYPES.layer, 1000)],
};
const document = (body: unknown, mediaType: string) => ({ mediaType, bytes: Buffer.from(JSON.stringify(body)) });

describe('parseImageManifest', () => {
  it('reads a Docker schema 2 manifest', () => {
    const manifest = parseImageManifest(REFERENCE, document(valid, MEDIA_TYPES.manifest));
    expect(compressedSizeBytes(manifest)).toBe(1110);
  });

  it.each([
    ['an OCI manifest', { ...valid, mediaType: MEDIA_TYPES.ociManifest }, MEDIA_TYPES.ociManifest],
    ['an OCI manifest that does not call itself one', { ...valid, mediaType: undefined }, MEDIA_TYPES.ociManifest],
    ['an OCI index', { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [] }, MEDIA_TYPES.ociIndex],
    [
      'a list of several platforms',
      { schemaVersion: 2, mediaType: MEDIA_TYPES.manifestList, manifests: [] },
      MEDIA_TYPES.manifestList,
    ],
  ])('refuses %s by its type', (found, body, mediaType) => {
    expect(() => parseImageManifest(REFERENCE, document(body, mediaType))).toThrow(mediaType);
    expect(() => parseImageManifest(REFERENCE, document(body, mediaType))).toThrow(/oci-mediatypes=false/);
    expect(found).not.toBe('');
  });

  it('refuses a manifest sent under another type than its own', () => {
    expect(() => parseImageManifest(REFERENCE, document(valid, MEDIA_TYPES.ociManifest))).toThrow(/calls itself/);
  });

  it.each([
    ['schema 1', { schemaVersion: 1, mediaType: MEDIA_TYPES.manifest }],
    ['a manifest without layers', { ...valid, layers: undefined }],
  ])('refuses %s as not valid', (_, body) => {
    expect(() => parseImageManifest(REFERENCE, document(body, MEDIA_TYPES.manifest))).toThrow(/not valid/);
  });

  it('refuses what is not JSON', () => {
    const bytes = Buffer.from('<html>');
    expect(() => parseImageManifest(REFERENCE, { mediaType: 'text/html', bytes })).toThrow(/text\/html/);
  });
});

describe('parsePlatform', () => {
  it('joins the operating system and the architecture', () => {
    const config = Buffer.from('{"os":"linux","architecture":"arm64","variant":"v8"}');
    expect(parsePlatform(REFERENCE, config)).toBe('linux/arm64');
  });

  it('refuses a configuration without an architecture', () => {
    expect(() => parsePlatform(REFERENCE, Buffer.from('{"os":"linux"}'))).toThrow(/names no platform/);
  });
});

describe('digestOf', () => {
  it('is the SHA-256 of the bytes', () => {
    expect(digestOf(new Uint8Array())).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
