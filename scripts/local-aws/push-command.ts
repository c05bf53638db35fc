import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { pushImage } from './registry/push-image.ts';

const USAGE = `usage: local-aws push FOLDER REPOSITORY:TAG [--entrypoint COMMAND]

Pushes the folder as /opt/program of an image to the repository of the local AWS at AWS_ENDPOINT_URL. COMMAND is split at its
spaces; default: node /opt/program/server.mjs. SageMaker adds the argument serve.`;

/** Pushes a folder as an image, without a container engine, and prints the reference for CreateModel. */
export async function push(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return;
  }
  const options = { entrypoint: { type: 'string', default: 'node /opt/program/server.mjs' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [folder, image, ...rest] = positionals;
    const [, repository, tag] = /^([^:@]+):([^:@]+)$/.exec(image ?? '') ?? [];
    if (folder === undefined || repository === undefined || tag === undefined || rest.length > 0) {
      console.error(USAGE);
      process.exitCode = 2;
      return;
    }
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) throw new Error(`${folder} is no folder that can be read`);
    const files = entries.filter((entry) => entry.isFile());
    const layer = await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name);
        const inImage = posix.join('opt/program', posix.relative(folder, file));
        return { path: inImage, content: await readFile(file) };
      }),
    );
    const url = process.env['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:4566';
    const access = { url, token: await authorizationToken(url) };
    const digest = await pushImage(access, repository, tag, {
      layers: [layer],
      entrypoint: values.entrypoint.split(' '),
    });
    console.log(`${new URL(url).host}/${repository}@${digest}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`local-aws cannot push ${argv.join(' ')}: ${reason}`);
    process.exitCode = 1;
  }
}

const answerSchema = z.object({ authorizationData: z.tuple([z.object({ authorizationToken: z.string() })]) });

async function authorizationToken(url: string): Promise<string> {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID'] ?? 'AKIALOCALAWS00000001';
  const region = process.env['AWS_REGION'] ?? 'eu-central-1';
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      // The local AWS reads the scope and verifies no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260131/${region}/ecr/aws4_request`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    },
    body: '{}',
  });
  if (!response.ok) throw new Error(`GetAuthorizationToken at ${url} returned ${response.status}`);
  return answerSchema.parse(await response.json()).authorizationData[0].authorizationToken;
}
