import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors/user-error.ts';
import { isModelFile, type Layer, type LayerFile } from '../../domain/image/layer.ts';
import type { ImageSource } from '../../ports/image-builder.ts';

/**
 * The layers of an image in the layout of server/Dockerfile, least changing first: onnxruntime for this machine's
 * platform, the built server, the model.
 *
 * @throws UserError when the server isn't built, its dependencies aren't installed, or there is no model.
 */
export async function readEmbeddedLayers(source: ImageSource): Promise<readonly Layer[]> {
  const root = path.resolve(source.workingDirectory);
  const server = path.join(root, 'server/dist');
  await expectFile(path.join(server, 'main.js'), 'the built server', 'Run `npm ci && npm run build` first.');
  const model = path.resolve(root, source.modelDirectory);
  if (source.modelInImage) {
    await expectFile(
      path.join(model, 'model.onnx'),
      'a model',
      'Name the folder that holds model.onnx in model-directory.',
    );
  }
  const onnxruntime = await findModule(root, 'onnxruntime-node');
  const common = await findModule(root, 'onnxruntime-common');
  const binaries = `bin/napi-v6/${process.platform}/${process.arch}`;
  const modules = 'opt/program/node_modules';
  return [
    {
      name: 'onnxruntime',
      stable: true,
      files: [
        { target: `${modules}/onnxruntime-node/package.json`, source: path.join(onnxruntime, 'package.json') },
        ...(await listFiles(path.join(onnxruntime, 'dist'), `${modules}/onnxruntime-node/dist`)),
        ...(await listFiles(path.join(onnxruntime, binaries), `${modules}/onnxruntime-node/${binaries}`)),
        { target: `${modules}/onnxruntime-common/package.json`, source: path.join(common, 'package.json') },
        ...(await listFiles(path.join(common, 'dist'), `${modules}/onnxruntime-common/dist`)),
      ].filter(({ target }) => !/\.(map|d\.ts)$/.test(target)),
    },
    {
      name: 'server',
      stable: false,
      files: [
        ...(await listFiles(server, 'opt/program/dist')),
        { target: 'opt/program/package.json', text: '{"type":"module"}\n' },
      ],
    },
    ...(source.modelInImage ? [{ name: 'model', stable: false, files: await listModelFiles(model) }] : []),
  ];
}

async function listModelFiles(folder: string): Promise<readonly LayerFile[]> {
  const files = await listFiles(folder, 'opt/ml/model');
  return files.filter(({ target }) => isModelFile(target.slice('opt/ml/model/'.length)));
}

async function listFiles(folder: string, target: string): Promise<readonly LayerFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const source = path.join(entry.parentPath, entry.name);
      if (!entry.isFile()) throw notRegular(source);
      return { source, target: `${target}/${path.relative(folder, source).split(path.sep).join('/')}` };
    });
}

function notRegular(source: string): UserError {
  return new UserError({
    what: 'The embedded builder found something that is not a file',
    where: source,
    expected: 'regular files and folders',
    found: 'a symbolic link or a special file',
    remedy: 'Put the file itself there, or build with docker.',
  });
}

// Where Node itself would look: node_modules of the folder and of every folder above it.
async function findModule(from: string, name: string): Promise<string> {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if ((await stat(path.join(candidate, 'package.json')).catch(() => undefined)) !== undefined) return candidate;
    if (folder === path.dirname(folder)) break;
  }
  throw new UserError({
    what: `The embedded builder needs ${name}`,
    where: path.join(from, 'node_modules', name),
    expected: 'an installed package',
    found: 'none',
    remedy: 'Run `npm ci` first.',
  });
}

async function expectFile(file: string, what: string, remedy: string): Promise<void> {
  try {
    await readFile(file, { flag: 'r' });
  } catch (cause) {
    throw new UserError({
      what: `The embedded builder needs ${what}`,
      where: file,
      expected: 'a file',
      found: 'none that can be read',
      remedy,
      cause,
    });
  }
}
