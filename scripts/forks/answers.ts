import { createHash } from 'node:crypto';
import { parseSmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import type { Content, EnvironmentContent } from './content.ts';

/**
 * The services whose own model didn't answer in a rehearsal, each as a sentence.
 *
 * @param output what the rehearsal printed: for each service a line that names the SHA-256 of its model.onnx and a smoke
 *   case that this model answered as expected
 */
export function findUnanswered(content: Content, output: string): readonly string[] {
  return Object.entries(content.models).flatMap(([service, files]) => {
    const environments = Object.values(content.environments).filter(({ file }) => file.service === service);
    const digest = createHash('sha256')
      .update(files['model.onnx'] ?? '')
      .digest('hex');
    const expected = environments
      .flatMap(caseNames)
      .map((name) => `${service}: model sha256:${digest} answered ${JSON.stringify(name)} as expected`);
    if (expected.some((line) => output.includes(line))) return [];
    return [`the rehearsal shows no smoke case of ${service} that the model sha256:${digest} answered as expected`];
  });
}

function caseNames({ file, others }: EnvironmentContent): readonly string[] {
  const path = file.smoke.cases;
  const text = Buffer.from(others[path] ?? []).toString('utf8');
  return parseSmokeFile({ path, text }).cases.map(({ name }) => name);
}
