import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The tools outside Node that some tests need. */
export type Tool =
  | 'terraform'
  | 'moto'
  | 'docker'
  | 'skopeo'
  | 'buildah'
  | 'aws'
  | 'python'
  | 'chromium'
  | 'git'
  | 'bash'
  | 'isolation'
  | 'onnx-test-data';

/** Where Debian's libonnx-testdata installs the cases of ONNX's backend tests. */
export const ONNX_TEST_DATA = '/usr/share/libonnx-testdata/data';

/** Whether a tool is installed, and if not, why. */
export type ToolState = { readonly kind: 'ready' } | { readonly kind: 'missing'; readonly reason: string };

const states = new Map<Tool, ToolState>();

/** Looks for a tool by running it; each is looked for once a process. */
export function findTool(tool: Tool): ToolState {
  const known = states.get(tool);
  if (known !== undefined) return known;
  const state = PROBES[tool]();
  states.set(tool, state);
  return state;
}

const PROBES: Readonly<Record<Tool, () => ToolState>> = {
  terraform: probeTerraform,
  moto: () => probeCommand('moto_server', ['--help']),
  docker: () => probeCommand('docker', ['info', '--format', '{{.ServerVersion}}']),
  skopeo: () => probeCommand('skopeo', ['--version']),
  buildah: () => probeCommand('buildah', ['--version']),
  aws: () => probeCommand('aws', ['--version']),
  python: () => probeCommand('python3', ['-m', 'venv', '--help']),
  chromium: () => probeCommand('chromium', ['--version']),
  git: () => probeCommand('git', ['--version']),
  bash: () => probeCommand('bash', ['--version']),
  isolation: probeIsolation,
  'onnx-test-data': () =>
    existsSync(ONNX_TEST_DATA)
      ? { kind: 'ready' }
      : { kind: 'missing', reason: `there is no ${ONNX_TEST_DATA} (Debian package libonnx-testdata)` },
};

// What actions/replay-requests isolates models with, as root or by sudo.
function probeIsolation(): ToolState {
  const unshare = [
    'unshare',
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    'setpriv',
    '--no-new-privs',
    'ip',
    'link',
  ];
  const [command = '', ...argv] = process.getuid?.() === 0 ? unshare : ['sudo', '--non-interactive', '--', ...unshare];
  return probeCommand(command, argv);
}

function probeCommand(command: string, argv: readonly string[]): ToolState {
  const result = spawnSync(command, argv, { stdio: 'pipe', timeout: 60_000, encoding: 'utf8' });
  if (result.error !== undefined) return { kind: 'missing', reason: `${command} cannot be started` };
  if (result.status !== 0)
    return { kind: 'missing', reason: `${command} answers with exit code ${String(result.status)}` };
  return { kind: 'ready' };
}

// Terraform alone is not enough: the AWS provider has to come from somewhere (a registry, a mirror or a cache).
function probeTerraform(): ToolState {
  const version = probeCommand('terraform', ['version']);
  if (version.kind === 'missing') return version;
  const folder = mkdtempSync(path.join(tmpdir(), 'provider-probe-'));
  try {
    writeFileSync(
      path.join(folder, 'main.tf'),
      'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = ">= 5.100, < 7.0" }\n  }\n}\n',
    );
    const init = spawnSync('terraform', ['init', '-backend=false', '-input=false'], {
      cwd: folder,
      stdio: 'pipe',
      timeout: 60_000,
    });
    return init.status === 0
      ? { kind: 'ready' }
      : {
          kind: 'missing',
          reason: 'terraform init finds no AWS provider (TF_CLI_ARGS_init="-plugin-dir=DIR" names a mirror)',
        };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
