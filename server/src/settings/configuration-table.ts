import { settings } from './settings.ts';

/** The Markdown table of all settings, as server/README.md has it. */
export function renderConfigurationTable(): string {
  const rows = Object.values(settings).map((setting) => {
    const [own, ...others] = setting.names;
    const fallbackText = 'fallbackText' in setting ? setting.fallbackText : `\`${String(setting.fallback)}\``;
    const also = others.length === 0 ? '' : ` Also read: ${others.map((name) => `\`${name}\``).join(', ')}.`;
    return `| \`${own}\` | ${fallbackText} | ${setting.expected} | ${setting.describes}${also} |`;
  });
  return ['| variable | default | value | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
