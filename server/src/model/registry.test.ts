import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelSource } from './model-folder.ts';
import { createModelRegistry, type ModelRegistry } from './registry.ts';
import { resolveSignature } from '../signature/signature.ts';
import { identityGraph, writeModelFolder, type ModelFolder } from '../testing/small-models.ts';

const kibibytes = 1024;
let folder: ModelFolder;
beforeAll(() => {
  // All models share one folder of about 100 KiB: only its size matters here.
  folder = writeModelFolder({ ...identityGraph('float32', ['n']), name: 'x'.repeat(100 * kibibytes) });
});
afterAll(() => folder.remove());

interface Stage {
  readonly registry: ModelRegistry;
  /** Loads and closes by model, in order. */
  readonly events: string[];
  readonly inMemory: () => string[];
}

/** All models take 100 KiB. */
function setStage(whenFull: 'unload-least-recent' | 'refuse', memoryKibibytes: number, ...names: string[]): Stage {
  const events: string[] = [];
  let time = 0;
  const source = (name: string): ModelSource => ({ name, directory: folder.directory });
  const registry = createModelRegistry(names.map(source), {
    load: async ({ name }) => {
      events.push(`load ${name}`);
      return await Promise.resolve({
        name,
        version: '1',
        digest: 'sha256:0',
        signature: resolveSignature({ inputs: [], outputs: [{ name: 'y', type: 'float32', shape: [] }] }),
        isBatched: false,
        memoryBytes: 100 * kibibytes,
        report: () => {
          throw new Error('not asked for');
        },
        scheduler: {
          submit: () => undefined,
          load: () => ({ queued: 0, running: 0 }),
          replaceRunner: () => undefined,
          stopBatching: () => undefined,
          idle: async () => await Promise.resolve(),
        },
        close: async () => {
          events.push(`close ${name}`);
          await Promise.resolve();
        },
      });
    },
    estimate: async () => await Promise.resolve(100 * kibibytes),
    memoryBytes: memoryKibibytes * kibibytes,
    whenFull,
    now: () => ++time,
  });
  return {
    registry,
    events,
    inMemory: () => registry.list().flatMap(({ name, model }) => (model === undefined ? [] : [name])),
  };
}

describe('models that share a memory', () => {
  it('are unloaded for others, the least recently used first', async () => {
    const { registry, events, inMemory } = setStage('unload-least-recent', 250, 'a', 'b', 'c');
    await registry.acquire('a');
    await registry.acquire('b');
    await registry.acquire('a');
    await registry.acquire('c');
    expect(events).toEqual(['load a', 'load b', 'close b', 'load c']);
    expect(inMemory()).toEqual(['a', 'c']);
    expect((await registry.acquire('b')).name).toBe('b');
    expect(events.slice(4)).toEqual(['close a', 'load b']);
  });

  it('are loaded once for concurrent requests', async () => {
    const { registry, events } = setStage('unload-least-recent', 250, 'a');
    const models = await Promise.all([registry.acquire('a'), registry.acquire('a'), registry.acquire('a')]);
    expect(new Set(models).size).toBe(1);
    expect(events).toEqual(['load a']);
  });

  it('refuse a model that does not fit even alone', async () => {
    const { registry, inMemory } = setStage('unload-least-recent', 50, 'a');
    await expect(registry.acquire('a')).rejects.toMatchObject({ status: 507 });
    expect(inMemory()).toEqual([]);
  });

  it('refuse further models if SageMaker decides what is unloaded', async () => {
    const { registry, events, inMemory } = setStage('refuse', 250);
    const load = async (name: string): Promise<unknown> => await registry.load({ name, directory: folder.directory });
    await load('a');
    await load('b');
    await expect(load('c')).rejects.toMatchObject({ status: 507 });
    await expect(load('a')).rejects.toMatchObject({ status: 409 });
    expect(() => registry.acquire('c')).toThrow('there is no model "c"; loaded are: "a", "b"');
    await registry.unload('a');
    await load('c');
    expect([events, inMemory()]).toEqual([
      ['load a', 'load b', 'close a', 'load c'],
      ['b', 'c'],
    ]);
  });

  it('count while they load, so that two loads at once do not take the room of one', async () => {
    const { registry, inMemory } = setStage('refuse', 150);
    const load = async (name: string): Promise<unknown> => await registry.load({ name, directory: folder.directory });
    const results = await Promise.allSettled([load('a'), load('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(inMemory()).toEqual(['a']);
  });

  it('have a default only if there is one model', async () => {
    const { registry } = setStage('unload-least-recent', 250, 'a', 'b');
    await registry.acquire('a');
    expect(registry.defaultModel()).toBeUndefined();
    await registry.unload('b');
    expect((await registry.acquire('a')).name).toBe('a');
    await registry.closeAll();
    expect(registry.defaultModel()).toBeUndefined();
  });
});
