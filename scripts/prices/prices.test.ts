import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, describe, vi } from 'vitest';
import { parsePrices } from '../../actions/lib/domain/cost/prices.ts';
import { ROOT } from '../build.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });

/** A product and its term as AWS's price list for SageMaker has them. */
const sold = (sku: string, usagetype: string, price: string, currency = 'USD', unit = 'Hrs') => ({
  product: {
    ...{ sku, productFamily: 'ML Instance' },
    attributes: {
      ...{
        servicecode: 'AmazonSageMaker',
        location: 'EU (Ireland)',
        locationType: 'AWS Region',
        regionCode: 'eu-west-1',
      },
      ...{ usagetype, operation: 'RunInstance', servicename: 'Amazon SageMaker' },
      ...{
        instanceName: /ml\..*/.exec(usagetype)?.[0],
        component: usagetype.includes('Host:') ? 'Hosting' : 'Training',
      },
    },
  },
  term: {
    [`${sku}.JRTCKXETXF`]: {
      ...{ offerTermCode: 'JRTCKXETXF', sku, effectiveDate: '2026-11-01T00:00:00Z', termAttributes: {} },
      priceDimensions: {
        [`${sku}.JRTCKXETXF.6YS6EN2CT7`]: {
          ...{ rateCode: `${sku}.JRTCKXETXF.6YS6EN2CT7`, description: `$${price} per Hour`, appliesTo: [] },
          ...{ beginRange: '0', endRange: 'Inf', unit, pricePerUnit: { [currency]: price } },
        },
      },
    },
  },
});
const offerOf = (...entries: readonly ReturnType<typeof sold>[]): object => ({
  ...{ formatVersion: 'v1.0', disclaimer: 'This pricing list is for informational purposes only.' },
  ...{ offerCode: 'AmazonSageMaker', version: '20261120120000', publicationDate: '2026-11-20T12:00:00Z' },
  products: Object.fromEntries(entries.map(({ product }) => [product.sku, product])),
  terms: { OnDemand: Object.fromEntries(entries.map(({ product, term }) => [product.sku, term])) },
});
const OFFER = '/offers/v1.0/aws/AmazonSageMaker/20261120120000/eu-west-1/index.json';
const INDEX = '/offers/v1.0/aws/AmazonSageMaker/current/region_index.json';
const REGION_INDEX = {
  ...{ formatVersion: 'v1.0', disclaimer: '', publicationDate: '2026-11-20T12:00:00Z' },
  regions: { 'eu-west-1': { regionCode: 'eu-west-1', currentVersionUrl: OFFER } },
};
const WHOLE = offerOf(
  sold('A1', 'EU-Host:ml.m5.large', '0.1280000000'),
  sold('A2', 'EU-Host:ml.p4d.24xlarge', '42.1'),
  sold('A3', 'EU-Train:ml.m5.large', '0.2'),
  sold('A4', 'EU-Host:VolumeUsage.gp2', '0.154', 'USD', 'GB-Mo'),
  sold('A5', 'EU-AsyncInf:ml.m5.large', '0.3'),
);

let served: Record<string, unknown>;
let server: Server;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'prices-'));
  await writeSampleTeam(root);
  served = { [INDEX]: REGION_INDEX, [OFFER]: WHOLE };
  server = createServer((request, response) => {
    const body = served[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true });
});

const addressOf = (file: string): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${file}`;
// Not synchronously: the server lives in this very process.
const run = async (...argv: string[]): Promise<{ readonly exitCode: number | null; readonly output: string }> =>
  await new Promise((resolve) => {
    const main = path.join(ROOT, 'scripts/prices/main.ts');
    const child = spawn(process.execPath, ['--import', './scripts/typescript.js', main, '--root', root, ...argv], {
      cwd: ROOT,
    });
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });

describe('npm run prices', () => {
  it("writes AWS's on-demand prices of real-time hosting for the regions of the environments", async () => {
    const { exitCode, output } = await run('--index', addressOf(INDEX));
    expect(output).toContain('eu-west-1: 2 instance types, in USD');
    expect(exitCode).toBe(0);
    const text = await readFile(path.join(root, 'environments/prices.json'), 'utf8');
    expect(parsePrices({ path: 'environments/prices.json', text })).toEqual({
      ...{ $schema: './prices.schema.json', currency: 'USD', date: '2026-11-20', source: addressOf(INDEX) },
      regions: { 'eu-west-1': { 'ml.m5.large': 0.128, 'ml.p4d.24xlarge': 42.1 } },
    });
  });

  it.each([
    { title: 'a list that is not there', change: { [OFFER]: undefined }, error: /status 404/ },
    { title: 'an answer that is no JSON', change: { [INDEX]: '<html>' }, error: /price list can't be read/ },
    { title: 'another format', change: { [INDEX]: { offers: {} } }, error: /price list can't be read/ },
    { title: 'a list without hosting', change: { [OFFER]: offerOf() }, error: /no price of hosting in eu-west-1/ },
  ])('refuses $title, and writes nothing', async ({ change, error }) => {
    Object.assign(served, change);
    const { exitCode, output } = await run('--index', addressOf(INDEX));
    expect(output).toMatch(error);
    expect(exitCode).toBe(1);
    await expect(readFile(path.join(root, 'environments/prices.json'))).rejects.toThrow('ENOENT');
  });

  it('says which region has no prices, and what to do where nothing can be reached', async () => {
    expect((await run('--index', addressOf(INDEX), '--region', 'cn-north-1')).output).toContain('no region cn-north-1');
    const unreachable = await run('--index', 'http://127.0.0.1:9/region_index.json');
    expect(unreachable.output).toMatch(/no connection[^]*write environments\/prices.json by hand/);
  });
});
