import type { StandInCommand } from '../runner/stand-ins/commands.ts';

/** What the check job of pull-request.yml runs and a rehearsal can't: it would install, test and rehearse itself. */
export const CHECK_COMMANDS: readonly StandInCommand[] = [
  {
    program: 'npm',
    known: {
      ci: 'the dependencies are those of the repository that rehearses',
      'run check': 'checked where the rehearsal was started',
      test: 'tested where the rehearsal was started',
      'run rehearse': 'this is one',
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
