import { build } from 'esbuild';
import path from 'node:path';

/** GitHub's workflow parser. */
export type GithubParser = typeof import('@actions/workflow-parser');

let loaded: Promise<GithubParser> | undefined;

/**
 * Loads `@actions/workflow-parser`. It imports its JSON schemas without the attribute that Node demands, so it can only be
 * loaded bundled.
 */
export async function loadGithubParser(): Promise<GithubParser> {
  loaded ??= bundle();
  return await loaded;
}

async function bundle(): Promise<GithubParser> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';`,
      resolveDir: path.resolve(import.meta.dirname),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    // CommonJS inside of it still calls require() for Node's own modules; code from a data: address has none.
    banner: {
      js: `import{createRequire}from'node:module';const require=createRequire(${JSON.stringify(import.meta.url)});`,
    },
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)) as GithubParser;
}
