import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { renderRoles, ROLES_FILE } from './render.ts';

describeWithTool(['terraform', 'moto'], 'roles.json', () => {
  it('says what terraform/bootstrap says (npx tsx scripts/rehearse/roles/render.ts writes it anew)', async () => {
    expect(await readFile(ROLES_FILE, 'utf8')).toBe(await renderRoles());
  }, 240_000);
});
