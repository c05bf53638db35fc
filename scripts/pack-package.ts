/**
 * `npm run pack [-- FOLDER]` in the folder of a package: packs it into a tarball in FOLDER (default: here), ready for
 * `npm publish`. Node refuses TypeScript in `node_modules`, so the tarball has JavaScript bundles, type declarations and a
 * manifest of its own. npm installs `dependencies`; what only `devDependencies` name is bundled. A `prepack` script can't do
 * this: .npmrc ignores scripts.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import ts from 'typescript';
import { bundledPackages } from './build.ts';

interface Manifest {
  readonly exports: { readonly '.': string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const source = process.cwd();
const target = await mkdtemp(path.join(tmpdir(), 'pack-'));
try {
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
  const entries = [manifest.exports['.'], ...Object.values(manifest.bin ?? {})];
  const { metafile } = await build({
    entryPoints: entries,
    outdir: target,
    bundle: true,
    splitting: true,
    // Beside the entries: data files are found beside the module that reads them.
    chunkNames: '[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: Object.keys(manifest.dependencies ?? {}),
    metafile: true,
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  emitDeclarations(manifest.exports['.']);
  for (const file of await dataFiles()) await cp(file, path.join(target, path.basename(file)));
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', 'examples'])
    if (existsSync(file)) await cp(file, path.join(target, file), { recursive: true });
  const notices = await licencesOf(metafile);
  if (notices !== '') await writeFile(path.join(target, 'THIRD-PARTY-LICENSES.txt'), notices);
  await writeFile(path.join(target, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  const argv = ['pack', target, '--json', '--pack-destination', path.resolve(process.argv[2] ?? '.')];
  console.log((await promisify(execFile)('npm', argv)).stdout);
} finally {
  await rm(target, { recursive: true, force: true });
}

function publishedManifest(manifest: Manifest): object {
  const toJavaScript = (file: string): string => file.replace(/\.ts$/, '.js');
  const entry = manifest.exports['.'];
  return {
    ...manifest,
    private: undefined,
    scripts: undefined,
    devDependencies: undefined,
    exports: { '.': { types: entry.replace(/^\.(.*)\.ts$/, './types$1.d.ts'), default: toJavaScript(entry) } },
    bin:
      manifest.bin &&
      Object.fromEntries(Object.entries(manifest.bin).map(([name, file]) => [name, toJavaScript(file)])),
  };
}

/** @throws Error with the first problem that TypeScript reports. */
function emitDeclarations(entry: string): void {
  const file = path.join(import.meta.dirname, '../tsconfig.json');
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, path.dirname(file));
  const program = ts.createProgram([entry], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    // npm run check does.
    noCheck: true,
    rootDir: source,
    outDir: path.join(target, 'types'),
  });
  const [problem] = program.emit().diagnostics;
  if (problem !== undefined) throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
}

/** The JSON files that modules read at run time. */
async function dataFiles(): Promise<readonly string[]> {
  const files = await readdir('.', { recursive: true });
  return files.filter((file) => file.endsWith('.json') && path.dirname(file) !== '.' && !file.includes('node_modules'));
}

/** The licence texts of the packages that the bundles contain. */
async function licencesOf(metafile: Metafile): Promise<string> {
  const notices = [...bundledPackages(metafile)].sort().map(async (folder) => {
    const licence = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    if (licence === undefined) throw new Error(`${folder} is bundled, but has no licence file`);
    return `${folder.replace(/^.*node_modules\//, '')}\n\n${(await readFile(path.join(folder, licence), 'utf8')).trim()}\n`;
  });
  return (await Promise.all(notices)).join(`\n${'-'.repeat(80)}\n\n`);
}
