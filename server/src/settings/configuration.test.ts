import { describe, expect, it } from 'vitest';
import { ConfigurationError, parseConfiguration } from './configuration.ts';
import { settings } from './settings.ts';

describe('parseConfiguration', () => {
  it('has the default of every setting', () => {
    const expected = Object.fromEntries(Object.entries(settings).map(([name, { fallback }]) => [name, fallback]));
    expect(parseConfiguration({})).toEqual(expected);
  });

  it("prefers the server's name to SageMaker's, and ignores empty values", () => {
    expect(parseConfiguration({ SAGEMAKER_BIND_TO_PORT: '9000' }).port).toBe(9000);
    expect(parseConfiguration({ SAGEMAKER_BIND_TO_PORT: '9000', PORT: '0' }).port).toBe(0);
    expect(parseConfiguration({ PORT: '' }).port).toBe(8080);
  });

  it.each([
    ['PORT', '80a', 'an integer from 0 to 65535'],
    ['PORT', '65536', 'an integer from 0 to 65535'],
    ['SAGEMAKER_BIND_TO_PORT', '-1', 'an integer from 0 to 65535'],
    ['RELEASE_ID', 'a;b', 'letters, digits'],
    ['LOG_LEVEL', 'verbose', 'debug, info, warn or error'],
    ['LOG_PAYLOADS', 'yes', 'true or false'],
    ['SAGEMAKER_MULTI_MODEL', '1', 'true or false'],
    ['MAX_BODY_MIB', '0', 'a number from 0.001 to 1024'],
    ['REQUEST_TIMEOUT_SECONDS', '1e3', 'a number from 0.01 to 3600'],
    ['MAX_BATCH_ROWS', '0', 'auto or an integer from 1 to 65536'],
    ['WORKER_THREADS', 'many', 'auto or an integer from 1 to 256'],
    ['PLACEMENT', 'gpu', 'auto, inline or workers'],
    ['MODEL_NAME', '../../x', 'letters, digits'],
  ])('refuses %s=%s', (name, value, expected) => {
    const parse = (): unknown => parseConfiguration({ [name]: value });
    expect(parse).toThrow(ConfigurationError);
    expect(parse).toThrow(`environment variable ${name} is "${value}", expected ${expected}`);
  });
});
