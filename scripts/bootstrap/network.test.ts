import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { ROOT } from '../build.ts';
import type { NetworkFact, State } from './facts.ts';
import { chooseNetwork, INTERFACE_ENDPOINTS, networksToLeave, parseNetwork } from './network.ts';
import { makeSettings } from './settings.ts';

const { account, service } = VALID_ENVIRONMENT;
const environments = [{ ...VALID_ENVIRONMENT, name: 'trial' }];
const flags = { github: 'acme/models', network: '10.1.0.0/20' };
const settings = makeSettings(environments, { account, service }, flags, []);
const WHOLE = parseNetwork('scoring', {
  ...{ vpc: 'vpc-1', cidrBlock: '10.1.0.0/20' },
  subnets: [
    { id: 'subnet-2', name: 'scoring-private-2' },
    { id: 'subnet-1', name: 'scoring-private-1' },
    { id: 'subnet-3', name: 'of-somebody-else' },
  ],
  routeTables: [
    { id: 'rtb-main', name: '', subnets: ['subnet-2'] },
    { id: 'rtb-1', name: 'scoring-private', subnets: ['subnet-1'] },
  ],
  groups: [
    { id: 'sg-default', name: 'default' },
    { id: 'sg-c', name: 'scoring-containers' },
    { id: 'sg-e', name: 'scoring-endpoints' },
  ],
  rules: [
    { id: 'sgr-1', group: 'sg-default', isEgress: true, peer: '0.0.0.0/0' },
    { id: 'sgr-2', group: 'sg-c', isEgress: true, peer: '0.0.0.0/0' },
    { id: 'sgr-3', group: 'sg-c', isEgress: true, peer: 'sg-e' },
    { id: 'sgr-4', group: 'sg-c', isEgress: true, peer: 'pl-1' },
    { id: 'sgr-5', group: 'sg-e', isEgress: false, peer: 'sg-c' },
  ],
  endpoints: [
    { id: 'vpce-1', name: 'scoring-s3' },
    { id: 'vpce-2', name: 'scoring-ecr-api' },
  ],
});
const OTHER: NetworkFact = { vpc: 'vpc-2', cidrBlock: '10.2.0.0/20', resources: [], openRules: [] };
const VPC = 'module.network[0].aws_vpc.this';
const GROUP = 'module.network[0].aws_security_group.containers';
const stateWith = (...addresses: readonly string[]): State => ({
  ...{ lineage: 'one', serial: 1, addresses, tainted: [], settings: {} },
  vpc: addresses.includes(VPC) ? 'vpc-1' : undefined,
});

it('finds what the module has made in a VPC by the names that it gives', () => {
  expect(WHOLE.resources.map(({ to, id }) => [to.replace('module.network[0].', ''), id])).toEqual([
    ['aws_vpc.this', 'vpc-1'],
    ['aws_subnet.private[0]', 'subnet-1'],
    ['aws_subnet.private[1]', 'subnet-2'],
    ['aws_route_table.private', 'rtb-1'],
    ['aws_route_table_association.private[0]', 'subnet-1/rtb-1'],
    ['aws_security_group.containers', 'sg-c'],
    ['aws_security_group.endpoints', 'sg-e'],
    ['aws_vpc_security_group_egress_rule.containers_to_endpoints', 'sgr-3'],
    ['aws_vpc_security_group_egress_rule.containers_to_s3', 'sgr-4'],
    ['aws_vpc_security_group_ingress_rule.endpoints_from_containers', 'sgr-5'],
    ['aws_vpc_endpoint.s3', 'vpce-1'],
    ['aws_vpc_endpoint.interface["ecr.api"]', 'vpce-2'],
  ]);
  expect(WHOLE.openRules).toEqual([{ id: 'sgr-2', group: 'sg-c', address: GROUP }]);
});

it('knows the interface endpoints and the zones that the module makes', async () => {
  const text = await readFile(path.join(ROOT, 'terraform/modules/network/variables.tf'), 'utf8');
  expect(text).toContain(`default     = ${JSON.stringify(INTERFACE_ENDPOINTS).replaceAll(',', ', ')}`);
  expect(text).toMatch(/variable "zone_count" \{[^}]*default +=\s2\n/);
});

describe('chooseNetwork', () => {
  it('adopts a network that is in no state, and closes its groups', () => {
    expect(chooseNetwork(settings, [WHOLE], null)).toEqual({
      ...{ imports: WHOLE.resources, openRules: WHOLE.openRules, notes: [], problems: [] },
    });
  });

  it('adopts what the state lacks of its network, and names another one', () => {
    const { imports, openRules, notes } = chooseNetwork(settings, [WHOLE, OTHER], stateWith(VPC, GROUP));
    expect([imports, openRules]).toEqual([WHOLE.resources, []]);
    expect(notes).toEqual([
      'vpc-2 (10.2.0.0/20) of this service is in no state: delete it in the VPC console, its interface endpoints first',
    ]);
  });

  it('closes a group that a run has left unfinished in the state', () => {
    const state = { ...stateWith(VPC, GROUP), tainted: [GROUP] };
    expect(chooseNetwork(settings, [WHOLE], state).openRules).toEqual(WHOLE.openRules);
  });

  it('refuses to choose one of several networks', () => {
    const { problems } = chooseNetwork(settings, [WHOLE, OTHER], stateWith());
    expect(problems).toMatchObject([{ found: 'vpc-1 (10.1.0.0/20), vpc-2 (10.2.0.0/20)' }]);
  });

  it('tells of a network that the settings do not have', () => {
    const { imports, notes } = chooseNetwork({ ...settings, network: null }, [WHOLE], null);
    expect(imports).toEqual([]);
    expect(notes).toEqual(['vpc-1 (10.1.0.0/20) of this service is in no state: --network 10.1.0.0/20 adopts it']);
  });

  it('refuses to destroy a network of which the state has a part', () => {
    const { problems } = chooseNetwork({ ...settings, network: null }, [WHOLE], stateWith(VPC));
    expect(problems).toMatchObject([{ what: 'The state has the network in part' }]);
  });
});

describe('networksToLeave', () => {
  it('leaves nothing where the state has all of the network', () => {
    const state = stateWith(...WHOLE.resources.map(({ to }) => to));
    expect(networksToLeave([WHOLE], state)).toEqual({ left: [], isComplete: true });
  });

  it('leaves what is in no state, and tells how to take it out', () => {
    expect(networksToLeave([OTHER], null)).toEqual({
      isComplete: true,
      left: [
        'network vpc-2 (10.2.0.0/20): it is in no state. Run `npm run bootstrap -- --network 10.2.0.0/20` once, which adopts it, then this command again.',
      ],
    });
    const { left, isComplete } = networksToLeave([WHOLE], stateWith(VPC));
    expect(isComplete).toBe(false);
    expect(left.join()).toContain('vpc-1 (10.1.0.0/20): subnet-1, subnet-2,');
  });
});
