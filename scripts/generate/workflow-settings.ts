import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../build.ts';
import { cellOf, renderTable } from './marked-tables.ts';

/** What a variable or secret is for, and what happens without it. */
interface SettingWords {
  readonly what: string;
  readonly without: string;
}

/** Every variable and secret that a workflow reads; one without words fails `npm run generate`. */
const SETTINGS: Readonly<Record<string, SettingWords>> = {
  'vars.APP_CLIENT_ID': {
    what: 'The client id of a GitHub App that opens promotion and rollback pull requests',
    without: 'The workflows open them with their own token: somebody approves their checks to run',
  },
  'secrets.APP_PRIVATE_KEY': {
    what: 'The private key of that app; of the environment `automation`',
    without: 'With `APP_CLIENT_ID` alone the jobs that open pull requests fail',
  },
  'secrets.NOTIFY_URL': {
    what: 'The webhook that is told what became of an environment (actions/notify), such as one of Slack',
    without: 'Nobody is told; GitHub mails whoever started a run that fails',
  },
  'secrets.NOTIFY_SECRET': {
    what: 'The key that these messages are signed with: `whsec_` and at least 24 random bytes in base64',
    without: 'With `NOTIFY_URL` alone nothing is sent, and a warning says so',
  },
  'vars.POLL_INTERVAL_SECONDS': { what: 'Seconds between two looks at an endpoint', without: '15' },
};

/** What a job can't do without a permission of its token. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  'contents: read': 'The checkout fails',
  'contents: write': 'No branch of a promotion or rollback is pushed',
  'id-token: write': 'The job gets no role in AWS',
  'actions: read': 'It is not known what was planned and who may approve: nothing is deployed',
  'pull-requests: read': 'It is not known which pull requests were merged: nothing counts as reviewed',
  'pull-requests: write': 'No plan comment, no promotion and no rollback pull request',
  'deployments: write': 'The page of deployments on GitHub stays empty; the ledger is kept in S3',
  'attestations: write': 'The image is not attested',
  'attestations: read': 'It is not known which workflow made an artifact: Deploy stops',
  'issues: read': 'No release board is written',
  'issues: write': 'Drift is not reported',
  'pages: write': 'The release board is not published; it stays an artifact of the run',
};

/** The tables of everything that the workflows need of the repository's settings. */
export async function renderWorkflowSettings(): Promise<{ readonly settings: string; readonly permissions: string }> {
  const folder = path.join(ROOT, '.github/workflows');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yml')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
  return { settings: renderSettings(files), permissions: renderPermissions(files) };
}

interface WorkflowText {
  readonly name: string;
  readonly text: string;
}

function renderSettings(files: readonly WorkflowText[]): string {
  const found = gather(files, /\b((?:vars|secrets)\.[A-Z_]+)\b/g);
  demandSame('SETTINGS', Object.keys(SETTINGS), [...found.keys()]);
  const rows = Object.entries(SETTINGS).map(([key, { what, without }]) => [
    `\`${key.replace(/^.*\./, '')}\``,
    key.startsWith('vars.') ? 'variable' : 'secret',
    cellOf(what),
    cellOf(without),
    list([...(found.get(key)?.keys() ?? [])]),
  ]);
  return renderTable(['name', 'kind', 'what it is', 'without it', 'read by'], rows);
}

function renderPermissions(files: readonly WorkflowText[]): string {
  const found = gather(files, /^ +([a-z-]+: (?:read|write)) # (.+)$/gm);
  demandSame('PERMISSIONS', Object.keys(PERMISSIONS), [...found.keys()]);
  const rows = Object.entries(PERMISSIONS).map(([permission, without]) => {
    const reasons = [...(found.get(permission)?.values() ?? [])].flat();
    return [
      `\`${permission}\``,
      cellOf([...new Set(reasons)].join('; ')),
      cellOf(without),
      list([...(found.get(permission)?.keys() ?? [])]),
    ];
  });
  return renderTable(['permission', 'what for', 'without it', 'asked by jobs of'], rows);
}

/** For each match its reasons by workflow. */
function gather(files: readonly WorkflowText[], pattern: RegExp): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>();
  for (const { name, text } of files) {
    for (const [, key = '', reason = ''] of text.matchAll(pattern)) {
      const byFile = found.get(key) ?? new Map<string, string[]>();
      byFile.set(name, [...(byFile.get(name) ?? []), reason]);
      found.set(key, byFile);
    }
  }
  return found;
}

/** @throws Error when the workflows use something that has no words, or words are left over. */
function demandSame(table: string, known: readonly string[], used: readonly string[]): void {
  const missing = used.filter((key) => !known.includes(key));
  const excess = known.filter((key) => !used.includes(key));
  if (missing.length + excess.length === 0) return;
  throw new Error(
    `${table} in scripts/generate/workflow-settings.ts lacks words for ${missing.join(', ') || 'nothing'}, and has words for ${excess.join(', ') || 'nothing'} that no workflow uses`,
  );
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
