import type { TerraformMessage } from './diagnostics.ts';
import { logText } from '../text/markdown.ts';
import type { Scrubber } from './redact.ts';

const WORDS: Readonly<Record<string, string>> = {
  planned_change: 'planned',
  resource_drift: 'changed outside Terraform',
  apply_start: 'started',
  apply_complete: 'done',
  apply_errored: 'failed',
};

/** A message of Terraform as a line of the log, or undefined where it says nothing new. Addresses and actions only. */
export function progressLine(message: TerraformMessage, scrubber: Scrubber): string | undefined {
  if (message.type === 'change_summary') return `Terraform: ${logText(message['@message'])}`;
  const words = Object.hasOwn(WORDS, message.type) ? WORDS[message.type] : undefined;
  const about = message.change ?? message.hook;
  if (words === undefined || about === undefined) return undefined;
  return `  ${logText(scrubber.scrub(about.resource.addr))}: ${logText(about.action ?? 'change')} ${words}`;
}
