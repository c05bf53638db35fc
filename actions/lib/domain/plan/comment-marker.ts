const MARKER = '<!-- sagemaker-gitops:plan -->';
// Before, a marker also carried what the comment was made for.
const PATTERN = /^<!-- sagemaker-gitops:plan(?: [\w-]+)? -->$/;

/** A comment's body with the hidden first line by which it is found again. Nothing else about a comment is read from it. */
export function marked(body: string): string {
  return `${MARKER}\n${body}`;
}

/** Whether a body starts with the hidden line. Anybody can copy it: the author has to be ours too. */
export function isMarked(body: string): boolean {
  const [first = ''] = body.split(/\r?\n/, 1);
  return PATTERN.test(first);
}
