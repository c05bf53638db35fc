import { describe, expect, it } from 'vitest';
import { changedModelImages, changesAnswers, changesEveryImage, changesProduct, ownerOf } from './changed-paths.ts';

describe('what a path belongs to', () => {
  const trial = { kind: 'environment', environment: 'trial' } as const;
  const scoring = { kind: 'model', service: 'scoring' } as const;
  const text = { kind: 'text' } as const;
  const product = { kind: 'product' } as const;

  it.each([
    { path: 'environments/trial/release.json', owner: trial },
    { path: 'environments/trial/smoke/deeper/cases.json', owner: trial },
    { path: 'environments/trial/.terraform.lock.hcl', owner: trial },
    { path: 'environments/; rm -rf $(id)\n`x`.json', owner: product },
    { path: 'environments/trial/"a\nb"; touch hacked.json', owner: trial },
    { path: 'server/models/scoring/model.onnx', owner: scoring },
    { path: 'server/models/scoring/weights/part-1.bin', owner: scoring },
    { path: 'environments/trial/README.md', owner: text },
    { path: 'server/models/scoring/README.md', owner: text },
    { path: 'NOTES.md', owner: text },
    { path: 'environments/prices.json', owner: text },
    { path: 'LICENSE', owner: text },
    { path: '.github/PULL_REQUEST_TEMPLATE.md', owner: text },
    // Directly in the folder of environments or models: a schema, or a link or submodule in place of a folder.
    { path: 'environments/release.schema.json', owner: product },
    { path: 'environments/trial', owner: product },
    { path: 'server/models/scoring', owner: product },
    { path: 'server/models', owner: product },
    { path: 'environments', owner: product },
    // Generators write these texts, or tests read them.
    { path: 'actions/plan-comment/README.md', owner: product },
    { path: 'terraform/modules/network/README.md', owner: product },
    { path: 'docs/what-happens-when.md', owner: product },
    { path: 'server/README.md', owner: product },
    { path: 'README.md', owner: product },
    { path: 'CONTRIBUTING.md', owner: product },
    { path: 'environments/README.md', owner: product },
    { path: 'scripts/workflow-runner/README.md', owner: product },
    { path: '.github/workflows/deploy.yml', owner: product },
    { path: 'terraform/environment/main.tf', owner: product },
    { path: 'scripts/train/main.ts', owner: product },
    { path: 'Environments/trial/release.json', owner: product },
    { path: 'x/environments/trial/release.json', owner: product },
    { path: 'LICENSE.txt', owner: product },
    { path: 'README.MD', owner: product },
    { path: 'package.json', owner: product },
  ])('$path is $owner.kind', ({ path, owner }) => {
    expect(ownerOf(path)).toEqual(owner);
  });

  it('is the product as soon as one path is', () => {
    const content = ['environments/trial/release.json', 'server/models/scoring/model.onnx', 'NOTES.md'];
    expect(changesProduct(content)).toBe(false);
    expect(changesProduct([...content, 'scripts/build.ts'])).toBe(true);
    expect(changesProduct([])).toBe(false);
  });
});

describe('whether models have to be asked', () => {
  it.each([
    { paths: ['environments/trial/release.json', 'environments/trial/NOTES.md'], asked: false },
    { paths: ['environments/trial/smoke.json'], asked: true },
    { paths: ['environments/trial/environment.json'], asked: true },
    { paths: ['server/models/scoring/signature.json'], asked: true },
    { paths: ['server/src/main.ts'], asked: true },
    { paths: ['NOTES.md'], asked: false },
    { paths: [], asked: false },
  ])('$paths: $asked', ({ paths, asked }) => {
    expect(changesAnswers(paths)).toBe(asked);
  });
});

describe('the images that a change touches', () => {
  it.each([
    { path: 'server/src/main.ts', every: true, models: [] },
    { path: 'server/src/main.test.ts', every: false, models: [] },
    { path: 'server/src/notes.md', every: false, models: [] },
    { path: 'server/Dockerfile', every: true, models: [] },
    { path: 'package-lock.json', every: true, models: [] },
    { path: 'scripts/build.ts', every: true, models: [] },
    { path: 'package.json', every: false, models: [] },
    { path: 'server/proof/drain.test.ts', every: false, models: [] },
    { path: 'scripts/train/main.ts', every: false, models: [] },
    { path: 'server/models/scoring/model.onnx', every: false, models: ['scoring'] },
    { path: 'server/models/scoring/README.md', every: false, models: [] },
    { path: 'server/models/scoring/weights/part-1.bin', every: false, models: ['scoring'] },
    { path: 'server/models/scoring/signature.json', every: false, models: ['scoring'] },
    { path: 'server/models/scoring/build.json', every: false, models: ['scoring'] },
    { path: 'server/models/scoring/golden.json', every: false, models: [] },
    { path: 'server/models/scoring/review.json', every: false, models: [] },
    { path: 'server/models/scoring/review.csv', every: false, models: [] },
    { path: 'server/models/scoring/.gitattributes', every: false, models: [] },
    { path: 'environments/trial/environment.json', every: false, models: [] },
  ])('$path: every one $every, those of the models $models', ({ path, every, models }) => {
    expect({ every: changesEveryImage([path]), models: changedModelImages([path]) }).toEqual({ every, models });
  });
});
