import { stat } from 'node:fs/promises';
import path from 'node:path';
import { refuseInputs, type StandIn } from './stand-in.ts';

/** Tools that setup actions provide; default: those on the PATH. */
export interface MachineTools {
  /** A folder with a program `terraform`, for the PATH of the steps after `hashicorp/setup-terraform`. */
  readonly terraformFolder?: string | undefined;
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

/** The builder of the `docker` on the PATH of the jobs. */
export const setupBuildx: StandIn = async () => await Promise.resolve({});
