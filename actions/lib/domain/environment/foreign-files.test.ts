import { describe, expect, it } from 'vitest';
import { checkNoForeignFiles, foreignFiles, type FolderEntry } from './foreign-files.ts';

const root = 'environments/dev';
const entry = (name: string, more: Partial<FolderEntry> = {}): FolderEntry => ({
  ...{ path: `${root}/${name}`, kind: 'file', isTracked: true },
  ...more,
});

describe('foreignFiles', () => {
  it.each([
    ...['main.tf', 'backend.hcl', '.terraform.lock.hcl', 'environment.json', 'release.json', 'smoke.json', 'README.md'],
    ...['cases/one.json', 'notes.txt', '.terraform-version', 'main.tf.md'],
  ])('knows %s', (name) => {
    expect(foreignFiles(root, [entry(name)], [])).toEqual([]);
  });

  it.each([
    ['override.tf', 'Terraform merges it over the other files'],
    ['override.tf.json', 'Terraform merges it over the other files'],
    ['x_override.tf', 'Terraform merges it over the other files'],
    ['main_override.tf.json', 'Terraform merges it over the other files'],
    ['extra.tf', 'Terraform adds it to the root module'],
    ['main.tf.json', 'Terraform adds it to the root module'],
    ['.hidden.tf', 'Terraform adds it to the root module'],
    ['main.tofu', 'Terraform adds it to the root module'],
    ['terraform.tfvars', 'Terraform takes values of variables from it'],
    ['x.auto.tfvars', 'Terraform takes values of variables from it'],
    ['x.auto.tfvars.json', 'Terraform takes values of variables from it'],
    ['x.tftest.hcl', 'Terraform takes it for a test, a query or a stack'],
    ['x.tftest.json', 'Terraform takes it for a test, a query or a stack'],
    ['x.tfmock.hcl', 'Terraform takes it for a test, a query or a stack'],
    ['x.tfquery.hcl', 'Terraform takes it for a test, a query or a stack'],
    ['.terraformrc', 'it holds settings of the command line'],
    ['terraform.rc', 'it holds settings of the command line'],
    ['.terraform/modules/modules.json', 'it decides which modules, providers and state Terraform uses'],
    ['.terraform', 'it decides which modules, providers and state Terraform uses'],
    ['terraform.tfstate', 'Terraform may take it for the state'],
    ['terraform.tfstate.d/x/terraform.tfstate', 'Terraform may take it for the state'],
    ['errored.tfstate', 'Terraform may take it for the state'],
  ])('refuses %s, as %s', (name, reason) => {
    expect(foreignFiles(root, [entry(name)], [])).toEqual([{ path: `${root}/${name}`, kind: 'file', reason }]);
  });

  it.each(['.terraform/modules/modules.json', 'terraform.tfstate'])(
    'leaves %s alone where Git has no such file',
    (name) => {
      expect(foreignFiles(root, [entry(name, { isTracked: false })], [])).toEqual([]);
    },
  );

  it('refuses links and what is no file, whatever their names', () => {
    const found = foreignFiles(
      root,
      [entry('main.tf', { kind: 'link' }), entry('release.json', { kind: 'other' })],
      [],
    );
    expect(found.map(({ reason }) => reason)).toEqual([
      'it is a link, and what it leads to can be anything',
      'it is no regular file',
    ]);
    expect(() => {
      checkNoForeignFiles(found);
    }).toThrow(/must not read environments\/dev\/main\.tf: it is a link[^]*Put a copy of what it holds in its place/);
  });

  it('refuses overrides and links in modules, and leaves their other files alone', () => {
    const module = (name: string, more: Partial<FolderEntry> = {}): FolderEntry =>
      entry('', { path: `terraform/modules/m/${name}`, ...more });
    const modules = [module('main.tf'), module('x.tfvars'), module('a_override.tf'), module('b.tf', { kind: 'link' })];
    expect(foreignFiles(root, [], modules).map(({ path }) => path)).toEqual([
      'terraform/modules/m/a_override.tf',
      'terraform/modules/m/b.tf',
    ]);
  });

  it('says of each file which it is, why it is refused, and what to do', () => {
    const files = foreignFiles(root, [entry('override.tf'), entry('x.tfvars')], []);
    expect(() => {
      checkNoForeignFiles(files);
    }).toThrow(
      /environments\/dev\/override\.tf, which the product does not know: Terraform merges it over[^]*Remove environments\/dev\/override\.tf; settings belong into environment\.json/,
    );
    checkNoForeignFiles([]);
  });
});
