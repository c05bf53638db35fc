import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { releaseIdOf, type ReleaseSpec } from '../../../actions/lib/domain/release/release.ts';
import { ROOT } from '../../build.ts';
import { TEAM_ENVIRONMENTS } from '../../testing/sample-team/team.ts';
import { isChange, makePlan, renderPlanJson } from './plan.ts';
import { addressOf, declaredResources, type Resource } from './resources.ts';
import { parsePlanJson } from '../../../actions/lib/domain/plan/plan-json.ts';

const environment: Environment = { ...TEAM_ENVIRONMENTS.prime, name: 'prime' };
const spec: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 60,
};
const id = releaseIdOf(spec);
const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
const declared = declaredResources(environment, { live: id, releases: { [id]: { spec, source } } });
const present = new Map(declared.map((resource) => [addressOf(resource), resource]));
const state = { lineage: 'one', serial: 3, resources: declared };

describe('the stand-in for Terraform', () => {
  it('declares nothing that the module does not', () => {
    const folder = path.join(ROOT, 'terraform/modules/inference-endpoint');
    const module = readdirSync(folder)
      .filter((file) => file.endsWith('.tf'))
      .map((file) => readFileSync(path.join(folder, file), 'utf8'))
      .join('\n');
    for (const { type, name } of declared) expect(module).toContain(`resource "${type}" "${name}" {`);
    const kinds = declared.map(({ type }) => type);
    expect(kinds.filter((type) => type === 'aws_cloudwatch_metric_alarm').length).toBe(3);
    expect(kinds).toContain('aws_sagemaker_endpoint');
  });

  it('creates everything where there is nothing, in a plan that the actions read', () => {
    const plan = makePlan(declared, new Map(), undefined);
    const json = parsePlanJson(JSON.stringify(renderPlanJson(plan, '1.0.0')));
    expect(json.resource_changes.map(({ address }) => address)).toEqual(declared.map(addressOf));
    expect(new Set(json.resource_changes.flatMap(({ change }) => change.actions))).toEqual(new Set(['create']));
  });

  it('finds nothing to do where all is as declared, whatever the endpoint serves', () => {
    const swapped = new Map(present);
    for (const [address, resource] of present) {
      if (resource.type !== 'aws_sagemaker_endpoint') continue;
      swapped.set(address, { ...resource, values: { ...resource.values, endpoint_config_name: 'another' } });
    }
    const plan = makePlan(declared, swapped, state);
    expect(isChange(plan)).toBe(false);
    expect(plan.drift.map(({ before }) => before.type)).toEqual(['aws_sagemaker_endpoint']);
  });

  it('makes again what is gone, and puts back an alarm that somebody changed', () => {
    const [first, ...others] = declared;
    const changed = others.map((resource): Resource =>
      resource.name === 'server_errors' ? { ...resource, values: { ...resource.values, threshold: 99 } } : resource,
    );
    const found = new Map(changed.map((resource) => [addressOf(resource), resource]));
    const { changes } = makePlan(declared, found, state);
    const todo = changes.filter(({ action }) => action !== 'no-op');
    expect(todo.map(({ action, resource }) => [action, resource.name])).toEqual([
      ['create', first?.name],
      ['update', 'server_errors'],
    ]);
  });

  it('deletes what is no longer declared', () => {
    const { changes } = makePlan([], present, state);
    expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['delete']));
    expect(changes).toHaveLength(declared.length);
  });
});
