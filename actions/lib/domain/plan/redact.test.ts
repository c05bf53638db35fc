import { describe, expect, it } from 'vitest';
import { parsePlanJson } from './plan-json.ts';
import { createScrubber, isHiddenContainerValue, MASK, secretsOf } from './redact.ts';

describe('createScrubber', () => {
  it('masks every occurrence of a secret inside a text', () => {
    const { scrub } = createScrubber(['hunter22']);
    expect(scrub('a hunter22, hunter22hunter22.')).toBe(`a ${MASK}, ${MASK}${MASK}.`);
  });

  it('masks the longer of two secrets that start alike', () => {
    const { scrub } = createScrubber(['secret-1', 'secret-1-and-more']);
    expect(scrub('x secret-1-and-more y secret-1 z')).toBe(`x ${MASK} y ${MASK} z`);
  });

  it('masks a secret in the form in which JSON and HCL quote it', () => {
    const { scrub } = createScrubber(['pass"word\\1']);
    expect(scrub('{"a":"pass\\"word\\\\1"}')).toBe(`{"a":"${MASK}"}`);
  });

  it('masks the lines of a secret of several lines one by one', () => {
    const { scrub } = createScrubber(['-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END KEY-----']);
    expect(scrub('invalid line "MIIEpAIBAAKCAQEA"')).toBe(`invalid line "${MASK}"`);
  });

  it('leaves short secrets alone inside a text, but knows them as whole values', () => {
    const scrubber = createScrubber(['true', 'abc']);
    expect(scrubber.scrub('it is true')).toBe('it is true');
    expect(scrubber.isSecret('true')).toBe(true);
    expect(scrubber.isSecret('abc')).toBe(false);
  });
});

it('knows what is sensitive in the state before a plan, in modules and data sources too', () => {
  const resource = (password: string) => ({
    ...{ address: 'data.x.y', mode: 'data', type: 'x', name: 'y', values: { password, region: 'eu-west-1' } },
    sensitive_values: { password: true },
  });
  const plan = parsePlanJson(
    JSON.stringify({
      ...{ format_version: '1.2', errored: true },
      prior_state: {
        values: {
          root_module: { resources: [resource('at-the-top')], child_modules: [{ resources: [resource('within-it')] }] },
        },
      },
    }),
  );
  expect([...secretsOf(plan, new Set())]).toEqual(['at-the-top', 'within-it']);
});

describe('isHiddenContainerValue', () => {
  const visible = new Set(['LOG_LEVEL']);
  it.each([
    [['primary_container', 0, 'environment', 'TOKEN'], true],
    [['primary_container', 0, 'environment', 'LOG_LEVEL'], false],
    [['primary_container', 0, 'environment', 'RELEASE_ID'], false],
    [['environment', 0, 'variables', 'TOKEN'], true],
    [['tags', 'environment'], false],
    [['name'], false],
  ])('%j: %s', (path, hidden) => {
    expect(isHiddenContainerValue(path, visible)).toBe(hidden);
  });
});
