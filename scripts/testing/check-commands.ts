import type { StandInCommand } from '@sagemaker-gitops/workflow-runner';

/**
 * What the check jobs of pull-request.yml run and a rehearsal can't: they would install, test and rehearse it.
 *
 * @param dependencies installed dependencies with which content is checked and the server built; without them both are stood for
 */
export function checkCommands(dependencies?: string): readonly StandInCommand[] {
  const link = `ln -sfn '${dependencies ?? ''}' node_modules`;
  const check = `${link} && exec '${process.execPath}' --import ./scripts/typescript.js scripts/content/main.ts`;
  const build = `${link} && exec '${process.execPath}' --import ./scripts/typescript.js scripts/build.ts server`;
  const isReal = dependencies !== undefined;
  return [
    {
      program: 'npm',
      known: {
        ci: 'the dependencies are those of the repository that rehearses',
        'ci --ignore-scripts': 'the dependencies are those of the repository that rehearses',
        'run check': 'checked where the rehearsal was started',
        test: 'tested where the rehearsal was started',
        'run check:removal': 'tested where the rehearsal was started',
        ...(isReal
          ? {}
          : {
              [CONTENT]: CHECKED_ELSEWHERE,
              [`${CONTENT} ${NO_MODELS}`]: CHECKED_ELSEWHERE,
              [BUILD]: 'there is no server to build',
            }),
      },
      carriedOut: {
        // Reads the lock file only. With the PATH of this process, which has npm itself.
        [SBOM]: `exec env PATH='${process.env['PATH'] ?? ''}' npm "$@"`,
        ...(isReal ? { [CONTENT]: check, [`${CONTENT} ${NO_MODELS}`]: `${check} --no-models`, [BUILD]: build } : {}),
      },
    },
    {
      program: 'sudo',
      known: {
        'apt-get update -qq': 'nothing is installed on this machine',
        'apt-get install -y -qq --no-install-recommends skopeo buildah libonnx-testdata':
          'nothing is installed on this machine',
      },
    },
    { program: 'pipx', known: { 'install moto[server]==5.2.1': 'nothing is installed on this machine' } },
  ];
}

const SBOM = 'sbom --sbom-format spdx --workspace server --package-lock-only';
const CONTENT = 'run check:content';
const BUILD = 'run build -- server';
const NO_MODELS = '-- --no-models';
const CHECKED_ELSEWHERE = 'checked where the rehearsal was started';
