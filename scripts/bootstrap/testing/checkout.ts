import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import type { EnvironmentFile } from '../../../actions/lib/domain/environment/environment.ts';
import type { ProcessResult } from '../../../actions/lib/ports/process.ts';
import { ROOT } from '../../build.ts';
import type { Moto, MotoCall } from '@sagemaker-gitops/local-aws/testing';
import { FAST_TERRAFORM, removeChecksums } from '../../testing/terraform-workspace.ts';

/** A checkout with environments of its own, in which `npm run bootstrap` runs. */
export interface Checkout {
  readonly root: string;
  /** Replaces the environments of the checkout. */
  setEnvironments(environments: Readonly<Record<string, EnvironmentFile>>): Promise<void>;
  bootstrap(moto: Pick<Moto, 'environment'>, argv: readonly string[]): Promise<ProcessResult>;
  /** The files of the checkout that are no content and no cache, by path. */
  files(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const NO_RELEASE = `${JSON.stringify({ live: null, releases: {} })}\n`;

/** Makes a checkout in a temporary folder. */
export async function makeCheckout(environments: Readonly<Record<string, EnvironmentFile>>): Promise<Checkout> {
  const root = await mkdtemp(path.join(tmpdir(), 'bootstrap-'));
  for (const folder of ['terraform/bootstrap', 'terraform/modules/network']) {
    await cp(path.join(ROOT, folder), path.join(root, folder), {
      recursive: true,
      filter: (source) => !/[\\/](?:\.terraform|accounts|tests)$/.test(source),
    });
  }
  await removeChecksums(path.join(root, 'terraform/bootstrap/.terraform.lock.hcl'));
  const setEnvironments: Checkout['setEnvironments'] = async (wanted) => {
    await rm(path.join(root, 'environments'), { recursive: true, force: true });
    for (const [name, environment] of Object.entries(wanted)) {
      const folder = path.join(root, 'environments', name);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'environment.json'), JSON.stringify(environment));
      await writeFile(path.join(folder, 'release.json'), NO_RELEASE);
    }
  };
  await setEnvironments(environments);
  return {
    root,
    setEnvironments,
    bootstrap: async (moto, argv) => await runProcess(bootstrapCommand(root, argv, moto.environment)),
    files: async () => {
      const names = await readdir(root, { recursive: true, withFileTypes: true });
      return names
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.relative(root, path.join(parentPath, name)))
        .filter((file) => !/^(?:node_modules|environments)\//.test(file))
        .sort();
    },
    remove: async () => await rm(root, { recursive: true }),
  };
}

/** `npm run bootstrap` in a checkout, as a process. */
export function bootstrapCommand(root: string, argv: readonly string[], environment: NodeJS.ProcessEnv) {
  return {
    command: process.execPath,
    argv: [
      '--import',
      './scripts/typescript.js',
      path.join(ROOT, 'scripts/bootstrap/main.ts'),
      '--root',
      root,
      ...argv,
    ],
    cwd: ROOT,
    environment: {
      ...process.env,
      ...FAST_TERRAFORM,
      // The SDK's note on the version of Node is no output of the bootstrap.
      NODE_NO_WARNINGS: '1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    },
  };
}

/** Whether a call may change an account. */
export function isWrite({ service, method, body, headers }: MotoCall): boolean {
  if (service === 's3') return method !== 'GET' && method !== 'HEAD';
  const operation = new URLSearchParams(body).get('Action') ?? headers['x-amz-target']?.split('.')[1] ?? '';
  return operation !== '' && !/^(?:Get|List|Describe)/.test(operation);
}
