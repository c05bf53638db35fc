/** A page's blocks for a shell, continued lines joined. */
export function shellBlocksOf(page: string): readonly string[] {
  return [...page.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, block = '']) => block.replaceAll(/\\\n\s*/g, ''));
}

/** The command lines of these blocks. */
export function shellCommandsOf(page: string): readonly string[] {
  return shellBlocksOf(page)
    .flatMap((block) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
