import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { MODEL_WARNING_WORDS } from '../../actions/lib/domain/model-review/words.ts';
import { WARNING_WORDS } from '../../actions/lib/domain/plan/words.ts';
import { renderFormatTable } from '../../server/src/codecs/format-table.ts';
import { renderConfigurationTable } from '../../server/src/settings/configuration-table.ts';
import { SUBJECTS } from '../architecture/imports.ts';
import type { GeneratedFile } from './generated-file.ts';
import { cellOf, fillMarkers, renderTable } from './marked-tables.ts';
import { renderWorkflowSettings } from './workflow-settings.ts';

/** The pages with tables that are made from the code, so that nothing new is missing in them. */
export async function generateDocTables(): Promise<readonly GeneratedFile[]> {
  const { settings, permissions } = await renderWorkflowSettings();
  return [
    await fillMarkers('CONTRIBUTING.md', { 'domain subjects': renderSubjects() }),
    await fillMarkers('docs/first-deploy.md', { 'workflow settings': settings, 'workflow permissions': permissions }),
    await fillMarkers('docs/reviewing-plans.md', { warnings: renderWarnings() }),
    await fillMarkers('docs/model-review.md', { 'model warnings': renderModelWarnings() }),
    await fillMarkers('environments/README.md', { settings: renderSettings() }),
    await fillMarkers('server/README.md', { formats: renderFormatTable(), settings: renderConfigurationTable() }),
  ];
}

/** The subjects of the domain, in the order of their imports. */
function renderSubjects(): string {
  const rows = Object.entries(SUBJECTS).map(([name, { about, imports }]) => [
    code(name),
    about,
    imports.map(code).join(', ') || 'none',
  ]);
  return renderTable(['subject', 'about', 'may import'], rows);
}

function renderWarnings(): string {
  const rows = Object.entries(WARNING_WORDS).map(([id, { reason, mustAccept }]) => [
    code(id),
    cellOf(reason),
    mustAccept ? 'yes' : 'no',
  ]);
  return renderTable(['id', 'why it matters', 'must be accepted'], rows);
}

function renderModelWarnings(): string {
  const rows = Object.entries(MODEL_WARNING_WORDS).map(([id, { reason }]) => [code(id), cellOf(reason)]);
  return renderTable(['id', 'why it matters'], rows);
}

/** @throws Error when a setting has no description. */
function renderSettings(): string {
  const rows = Object.entries(environmentFileSchema.shape).map(([name, { description }]) => {
    if (description === undefined) throw new Error(`${name} in environment.ts has no .describe(…) for the docs`);
    return [code(name), cellOf(description)];
  });
  return renderTable(['setting', 'what it is'], rows);
}

function code(text: string): string {
  return `\`${text}\``;
}
