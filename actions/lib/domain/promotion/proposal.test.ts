import { expect, it } from 'vitest';
import type { Release } from '../release/release.ts';
import { compareReleases } from './proposal.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function release(image: string, modelDigest?: string, mounted?: string): Release {
  return {
    id: image.repeat(12),
    spec: {
      image: `registry/scoring@${digest(image)}`,
      model: mounted === undefined ? null : { uri: 's3://models/scoring/', digest: digest(mounted) },
      ...{ instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 },
    },
    source: {
      ...{ commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null },
      ...(modelDigest === undefined ? {} : { modelDigest: digest(modelDigest) }),
    },
  };
}

it.each<[string, Release, Release, string, string]>([
  [
    'another model in another image',
    release('a', '1'),
    release('b', '2'),
    '`sha256:111111111111`, in the image',
    '`sha256:222222222222`, in the image',
  ],
  [
    'the same model in another image',
    release('a', '1'),
    release('b', '1'),
    '`sha256:111111111111`, in the image',
    'the same',
  ],
  [
    'models of which nothing is recorded',
    release('a'),
    release('b'),
    'in the image `sha256:aaaaaaaaaaaa`',
    'in the image `sha256:bbbbbbbbbbbb`',
  ],
  ['the same image', release('a'), release('a'), 'in the image `sha256:aaaaaaaaaaaa`', 'the same'],
  [
    'a model from S3',
    release('a', '1'),
    release('a', undefined, '2'),
    '`sha256:111111111111`, in the image',
    '`sha256:222222222222`',
  ],
])('compares %s', (_, before, after, now, then) => {
  const rows = compareReleases(before, after, 'https://github.example/acme/models');
  expect(rows.find(([what]) => what === 'model')).toEqual(['model', now, then]);
});
