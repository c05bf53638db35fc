import { execFile } from 'node:child_process';
import { stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { refuseInputs, type StandIn } from './stand-in.ts';

const run = promisify(execFile);

/** Tools that setup actions provide; default: those on the PATH. */
export interface MachineTools {
  /** A folder with a program `terraform`, for the PATH of the steps after `hashicorp/setup-terraform`. */
  readonly terraformFolder?: string | undefined;
  /**
   * Installed dependencies of the repository, where there is no container engine: what `docker build` would install. The
   * step that sets the builder up then links them and builds the server from the checkout's own sources.
   */
  readonly dependencies?: string | undefined;
}

/** The Node of this machine: https://github.com/actions/setup-node would install another one. */
export const setupNode: StandIn = async (inputs, { workspace, log }) => {
  refuseInputs('actions/setup-node', inputs, ['cache', 'registry-url', 'scope', 'token', 'mirror']);
  const file = inputs['node-version-file'] ?? '';
  if (file !== '') await stat(path.join(workspace, file));
  log.write(`Node ${process.versions.node}, the one of this machine`);
  return {};
};

/** The Terraform of this machine, or a replacement. */
export const setupTerraform =
  (tools: MachineTools): StandIn =>
  async (inputs, { log }) => {
    refuseInputs('hashicorp/setup-terraform', inputs, ['cli_config_credentials_token']);
    if (inputs['terraform_wrapper'] !== 'false') {
      throw new Error('the stand-in for hashicorp/setup-terraform has no wrapper: terraform_wrapper: false');
    }
    const { terraformFolder } = tools;
    log.write(`terraform is ${terraformFolder === undefined ? 'the one of this machine' : `in ${terraformFolder}`}`);
    return await Promise.resolve(terraformFolder === undefined ? {} : { path: [terraformFolder] });
  };

/** The builder of this machine: docker's own, or what the embedded builder needs. */
export const setupBuildx =
  (tools: MachineTools): StandIn =>
  async (_inputs, { workspace, environment, signal, log }) => {
    const { dependencies } = tools;
    if (dependencies === undefined) return {};
    await symlink(dependencies, path.join(workspace, 'node_modules'), 'junction');
    // As a step of server/Dockerfile does, from the sources of the commit that was checked out.
    const argv = ['--import', 'tsx', 'scripts/build.ts', 'server'];
    const { stderr } = await run(process.execPath, argv, { cwd: workspace, env: environment, signal });
    if (stderr.trim() !== '') log.write(stderr.trim());
    log.write('no container engine: linked the dependencies and built the server, for the embedded builder');
    return {};
  };
