import { codeBlock, codeSpan } from '../text/markdown.ts';
import type { Finding, Verdict } from './finding.ts';

const TITLES: Readonly<Record<Verdict, string>> = {
  wrong: 'To mend',
  advice: 'Worth a thought',
  unseen: 'Not visible with this token',
  ok: 'As asked',
};

const ORDER: readonly Verdict[] = ['wrong', 'advice', 'unseen', 'ok'];

/** The findings as Markdown, what needs a hand first; each with the commands that mend it. */
export function renderFindings(findings: readonly Finding[]): string {
  const sections = ORDER.flatMap((verdict) => {
    const found = findings.filter((finding) => finding.verdict === verdict);
    return found.length === 0 ? [] : [`## ${TITLES[verdict]} (${String(found.length)})`, ...found.map(renderFinding)];
  });
  return `${sections.join('\n\n')}\n`;
}

function renderFinding({ id, asked, found, remedy }: Finding): string {
  const head = `- **${id}**: ${asked}. Found: ${codeSpan(found)}.`;
  if (remedy.length === 0) return head;
  const isCommand = remedy.some((line) => line.startsWith('gh '));
  return isCommand ? `${head}\n\n${codeBlock(remedy, 'sh')}` : `${head} ${remedy.join(' ')}`;
}
