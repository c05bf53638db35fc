import { Problem } from '../errors/problem.ts';
import type { ServedModel } from '../model/served-model.ts';

/** The model if it has the requested version, or none was requested. @throws Problem 404 */
export function demandVersion(model: ServedModel, version: string | undefined): ServedModel {
  if (version === undefined || version === model.version) return model;
  throw new Problem(404, `model "${model.name}" has version "${model.version}", not "${version.slice(0, 100)}"`);
}
