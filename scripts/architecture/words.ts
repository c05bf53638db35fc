/** A word that the project does not use, and the field's word for it. */
interface BannedWord {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Where it is banned; everywhere if not given. */
  readonly files?: RegExp;
}

const LAB = /^scripts\/(?:rehearse|workflow-runner)\//;

/** Coined words and images, as they stood in code, comments, tests and docs. A new one that a review finds is added here. */
const BANNED: readonly BannedWord[] = [
  { pattern: /(?<!hello[ ,]*)world/i, instead: 'scenario, test environment or emulators' },
  { pattern: /theatre/i, instead: 'scenario runner' },
  { pattern: /\b(?:set|make|build)?Stage\b/, instead: 'fixture or scenario', files: LAB },
  { pattern: /\bHand\b(?!-)/, instead: 'administrator session', files: LAB },
  { pattern: /inference-?desk|\bdesk\b/i, instead: 'inference handler' },
  { pattern: /\boutlets?\b/i, instead: 'response writer' },
  { pattern: /turn-?budget/i, instead: 'time limit of an event loop turn' },
  { pattern: /patience/i, instead: 'time limit or grace period' },
  { pattern: /\bstr(?:ikes?|uck|iking)\b/i, instead: 'inject a fault into, interrupt' },
  { pattern: /\bhear(?:s|d)?\b/i, instead: 'is called after, receives, answers' },
  { pattern: /\bbeliev/i, instead: 'counts as, assumes' },
  { pattern: /\bbefall/i, instead: 'applies to' },
  { pattern: /\bma(?:k(?:es?|ing)|de) way\b/i, instead: 'is removed, is deregistered' },
  { pattern: /\bg(?:iv(?:es?|ing)|ave) way\b/i, instead: 'is truncated, is dropped' },
  { pattern: /\bnobody's\b/i, instead: 'is ignored, belongs to no one we name' },
  { pattern: /\brubbish\b/i, instead: 'left-over files' },
  { pattern: /fault-?book|\bbooks? of\b|\bof the book\b/i, instead: 'fault registry' },
  { pattern: /\bwithout a word\b/i, instead: 'without output' },
  { pattern: /\bat hand\b|atHand/i, instead: 'installed, available' },
  { pattern: /\baloud\b/i, instead: 'printed' },
  { pattern: /\bh(?:olds?|eld|olding)\b[^.;:]{0,60}\bagainst\b/i, instead: 'compared with, checked against' },
  { pattern: /\bin the place of\b/i, instead: 'instead of, replaces' },
  { pattern: /\bfor want of\b/i, instead: 'without' },
  { pattern: /\bbeside each other\b/i, instead: 'in parallel' },
  { pattern: /\bwhat (?:\w+ ){1,4}c[ao]me?s? (?:to|of)\b/i, instead: 'outcome, result' },
  { pattern: /\b(?:siege|assault|stint)s?\b/i, instead: 'hostile requests, round' },
  { pattern: /brisk/i, instead: 'fast' },
  { pattern: /\btempers?\b/i, instead: 'fault probabilities' },
  { pattern: /\bhomeless\b/i, instead: 'without a layer' },
  { pattern: /\btakes? (?:something|work|requests|inferences?(?: requests)?|them|it) on\b/i, instead: 'handles' },
];

/** The banned words of a file, each as `FILE:LINE "WORD": use …`; line 0 is the file's name. */
export function bannedWords(file: string, text: string): readonly string[] {
  const words = BANNED.filter(
    ({ files, pattern }) => (files?.test(file) ?? true) && (pattern.test(text) || pattern.test(file)),
  );
  return [file, ...text.split('\n')].flatMap((line, number) =>
    words.flatMap(({ pattern, instead }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [`${file}:${String(number)} "${found}": use ${instead}`];
    }),
  );
}
