import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';

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

/** Builds beside the folder until it is whole: a build that fails leaves what was there, one that succeeds nothing old. */
async function buildWhole(outputFolder: string, options: BuildOptions): Promise<void> {
  const target = path.resolve(ROOT, outputFolder);
  const next = `${target}.next`;
  await rm(next, { recursive: true, force: true });
  await build({ ...SHARED, ...options, outdir: next, splitting: true, chunkNames: 'chunks/[name]-[hash]' });
  await rm(target, { recursive: true, force: true });
  await rename(next, target);
}

const TARGETS: Readonly<Record<string, () => Promise<void>>> = { server: buildServer, actions: buildActions };

if (process.argv[1] === import.meta.filename) {
  const wanted = process.argv.slice(2);
  for (const name of wanted.length === 0 ? Object.keys(TARGETS) : wanted) {
    const target = TARGETS[name];
    if (target === undefined) throw new Error(`"${name}" is not a build target: ${Object.keys(TARGETS).join(' or ')}`);
    await target();
  }
}
