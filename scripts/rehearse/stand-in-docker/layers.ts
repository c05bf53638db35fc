import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { isModelFile } from '../../../actions/lib/domain/image/model-file.ts';

/** What an image is built from. */
export interface BuildSource {
  /** The checkout. */
  readonly context: string;
  /** Installed dependencies of the checkout, in place of the `npm ci` in server/Dockerfile. */
  readonly dependencies: string;
  /** The model's folder, relative to the checkout; undefined where the model is not in the image. */
  readonly model: string | undefined;
}

/** A layer as a registry keeps it. */
export interface Layer {
  readonly bytes: Buffer;
  readonly digest: string;
  /** Digest of the uncompressed archive. */
  readonly diffId: string;
}

interface LayerFile {
  /** Path in the image, relative to its root, with `/`. */
  readonly target: string;
  readonly content: string | Buffer;
}

/** The layers of server/Dockerfile, in its layout: onnxruntime for this machine, the server, the model. */
export async function buildLayers({ context, dependencies, model }: BuildSource): Promise<readonly Layer[]> {
  await buildServer(context, dependencies);
  const modules = 'opt/program/node_modules';
  const libraries = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`;
  const runtime = await Promise.all(
    [libraries, 'onnxruntime-node/dist', 'onnxruntime-common/dist'].map(
      async (folder) => await readFiles(path.join(dependencies, folder), `${modules}/${folder}`),
    ),
  );
  const manifests = await Promise.all(
    ['onnxruntime-node/package.json', 'onnxruntime-common/package.json'].map(async (file) => ({
      target: `${modules}/${file}`,
      content: await readFile(path.join(dependencies, file)),
    })),
  );
  const program = await readFiles(path.join(context, 'server/dist'), 'opt/program/dist');
  const layers = [
    [...runtime.flat(), ...manifests].filter(({ target }) => !/\.(map|d\.ts)$/.test(target)),
    [...program, { target: 'opt/program/package.json', content: '{"type":"module"}\n' }],
    ...(model === undefined ? [] : [await readModel(path.join(context, model))]),
  ];
  return await Promise.all(layers.map(packLayer));
}

/** Builds the server from the checkout's own sources, as a step of server/Dockerfile does. */
async function buildServer(context: string, dependencies: string): Promise<void> {
  const link = path.join(context, 'node_modules');
  const isLinked = !existsSync(link);
  if (isLinked) await symlink(dependencies, link, 'junction');
  try {
    const argv = ['--import', './scripts/typescript.js', 'scripts/build.ts', 'server'];
    await promisify(execFile)(process.execPath, argv, { cwd: context });
  } finally {
    if (isLinked) await rm(link);
  }
}

async function readModel(folder: string): Promise<readonly LayerFile[]> {
  if (!existsSync(path.join(folder, 'model.onnx'))) throw new Error(`there is no ${path.join(folder, 'model.onnx')}`);
  const files = await readFiles(folder, 'opt/ml/model');
  return files.filter(({ target }) => isModelFile(target.slice('opt/ml/model/'.length)));
}

async function readFiles(folder: string, target: string): Promise<readonly LayerFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const source = path.join(entry.parentPath, entry.name);
        const relative = path.relative(folder, source).split(path.sep).join('/');
        return { target: `${target}/${relative}`, content: await readFile(source) };
      }),
  );
}

/** Packs files as a layer; the bytes depend on paths and contents only. */
async function packLayer(files: readonly LayerFile[]): Promise<Layer> {
  const archive = pack();
  const constant = { mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 };
  for (const { target, content } of files.toSorted((a, b) => (a.target < b.target ? -1 : 1))) {
    archive.entry({ ...constant, name: target }, content);
  }
  archive.finalize();
  const tar = await buffer(archive);
  const bytes = await promisify(gzip)(tar, { level: constants.Z_BEST_SPEED });
  return { bytes, digest: sha256(bytes), diffId: sha256(tar) };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
