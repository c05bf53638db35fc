/** The command lines of a page's blocks for a shell, continued lines joined. */
export function shellCommandsOf(page: string): readonly string[] {
  return [...page.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)]
    .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
