import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';

/** The repository's root. */
export const ROOT = path.resolve(import.meta.dirname, '..');

const SHARED: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  // The oldest Node that has to run them; the actions' runtime and the image are on 24.
  target: 'node20',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  // CommonJS dependencies inside an ES module bundle still call require() for Node's own modules.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
};

/** Bundles the server and its worker entries into a folder (default `server/dist`); onnxruntime-node stays outside. */
export async function buildServer(outputFolder = 'server/dist'): Promise<void> {
  const sources = await readdir(path.join(ROOT, 'server/src'));
  const entries = sources.filter((file) => file === 'main.ts' || file.endsWith('-worker.ts'));
  await buildWhole(outputFolder, {
    entryPoints: entries.map((file) => `server/src/${file}`),
    external: ['onnxruntime-node'],
    loader: { '.html': 'text', '.css': 'text', '.svg': 'text' },
    minifySyntax: true,
  });
}

/** The names of the actions: the folders under `actions/` that hold an `action.yml`, sorted. */
export async function listActions(): Promise<readonly string[]> {
  const folders = await readdir(path.join(ROOT, 'actions'));
  return folders.filter((folder) => existsSync(path.join(ROOT, 'actions', folder, 'action.yml'))).sort();
}

/** Bundles every action into a folder (default `actions/dist`), with what several of them share in `chunks/`. */
export async function buildActions(outputFolder = 'actions/dist'): Promise<void> {
  const names = await listActions();
  await buildWhole(outputFolder, {
    entryPoints: names.map((name) => ({ in: `actions/${name}/main.ts`, out: name })),
    minify: true,
    // ES modules where a package has both: what no action calls of the AWS SDK falls away.
    mainFields: ['module', 'main'],
    conditions: ['module', 'import'],
  });
}

/**
 * Builds beside the folder and then replaces it, so that a build that fails changes nothing. The licences of the packages in
 * the bundles are written beside them.
 */
async function buildWhole(outputFolder: string, options: BuildOptions): Promise<void> {
  const target = path.resolve(ROOT, outputFolder);
  const next = `${target}.next`;
  await rm(next, { recursive: true, force: true });
  const { metafile } = await build({
    ...SHARED,
    ...options,
    outdir: next,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
  });
  await writeFile(path.join(next, 'THIRD-PARTY-LICENSES.txt'), await renderLicenses(metafile));
  await rm(target, { recursive: true, force: true });
  await rename(next, target);
}

/** The folders of the packages that a bundle contains code of, as esbuild names them. */
export function bundledPackages({ outputs }: Metafile): ReadonlySet<string> {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return new Set(inputs.flatMap((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []));
}

/** The licences of the packages that a bundle contains code of, sorted by name and version. */
async function renderLicenses(metafile: Metafile): Promise<string> {
  const folders = bundledPackages(metafile);
  // Most packages of one publisher have the same text: it stands once, below all of their names.
  const packages = new Map<string, string[]>();
  for (const folder of folders) {
    const { title, terms } = await readLicense(path.join(ROOT, folder));
    packages.set(terms, [...(packages.get(terms) ?? []), title]);
  }
  const rule = '='.repeat(80);
  const sections = [...packages].map(
    ([terms, titles]) => `${rule}\n${[...new Set(titles)].sort().join('\n')}\n${rule}\n\n${terms}\n`,
  );
  return sections.sort().join('\n');
}

async function readLicense(folder: string): Promise<{ readonly title: string; readonly terms: string }> {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => await readFile(path.join(folder, file), 'utf8')));
  const terms = texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
  return {
    title: `${name}@${version} (${license ?? 'no licence named'})`,
    terms: terms === '' ? 'The package has no file with the text of its licence.' : terms,
  };
}

const TARGETS: Readonly<Record<string, () => Promise<void>>> = { server: buildServer, actions: buildActions };

const USAGE = `Bundles the server and the actions.

  npm run build [-- TARGET …]

  TARGET   server or actions (default: both)`;

// Without ./command-line.ts: server/Dockerfile copies this file alone.
async function main(wanted: readonly string[]): Promise<void> {
  if (wanted.includes('--help')) {
    console.log(USAGE);
    return;
  }
  const names = Object.keys(TARGETS);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`"${unknown}" is not a build target: expected ${names.join(' or ')}.\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  for (const name of wanted.length === 0 ? names : wanted) await TARGETS[name]?.();
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
