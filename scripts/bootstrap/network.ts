import type { UserErrorParts } from '../../actions/lib/domain/errors/user-error.ts';
import type { NetworkFact, State } from './facts.ts';
import type { BootstrapSettings } from './settings.ts';
import type { Import } from './terraform.ts';

/** A VPC of a service as EC2 describes it, with the tag `Name` of what is in it. */
export interface NetworkDescription {
  readonly vpc: string;
  readonly cidrBlock: string;
  readonly subnets: readonly Named[];
  readonly routeTables: readonly (Named & { readonly subnets: readonly string[] })[];
  /** With their group name. */
  readonly groups: readonly Named[];
  readonly rules: readonly GroupRule[];
  /** Without those that are being deleted. */
  readonly endpoints: readonly Named[];
}

interface Named {
  readonly id: string;
  readonly name: string;
}

interface GroupRule {
  readonly id: string;
  readonly group: string;
  readonly isEgress: boolean;
  /** The other group, the prefix list or the block of addresses. */
  readonly peer: string;
}

const MODULE = 'module.network[0]';
// The defaults of terraform/modules/network, which the bootstrap does not set.
const ZONES = [0, 1];
export const INTERFACE_ENDPOINTS = ['ecr.api', 'ecr.dkr', 'kms', 'logs', 'sagemaker.runtime', 'sts'];

/** The resources of `terraform/modules/network` that a VPC has, by the names that the module gives. */
export function parseNetwork(service: string, found: NetworkDescription): NetworkFact {
  const { vpc, cidrBlock, subnets, routeTables, groups, rules, endpoints } = found;
  const named = <Each extends Named>(each: readonly Each[], name: string): Each | undefined =>
    each.find((one) => one.name === `${service}-${name}`);
  const table = named(routeTables, 'private');
  const own = ZONES.map((zone) => named(subnets, `private-${String(zone + 1)}`));
  const [containers, inside] = [named(groups, 'containers'), named(groups, 'endpoints')];
  const rule = (group: Named | undefined, isEgress: boolean, isPeer: (peer: string) => boolean): string | undefined =>
    rules.find((each) => each.group === group?.id && each.isEgress === isEgress && isPeer(each.peer))?.id;
  const resources: readonly (readonly [address: string, id: string | undefined])[] = [
    ['aws_vpc.this', vpc],
    ...own.map((subnet, zone) => [`aws_subnet.private[${String(zone)}]`, subnet?.id] as const),
    ['aws_route_table.private', table?.id],
    ...own.map((subnet, zone) => {
      const isAssociated = subnet !== undefined && table?.subnets.includes(subnet.id) === true;
      const id = isAssociated ? `${subnet.id}/${table.id}` : undefined;
      return [`aws_route_table_association.private[${String(zone)}]`, id] as const;
    }),
    ['aws_security_group.containers', containers?.id],
    ['aws_security_group.endpoints', inside?.id],
    [
      'aws_vpc_security_group_egress_rule.containers_to_endpoints',
      rule(containers, true, (peer) => peer === inside?.id),
    ],
    ['aws_vpc_security_group_egress_rule.containers_to_s3', rule(containers, true, (peer) => peer.startsWith('pl-'))],
    [
      'aws_vpc_security_group_ingress_rule.endpoints_from_containers',
      rule(inside, false, (peer) => peer === containers?.id),
    ],
    ['aws_vpc_endpoint.s3', named(endpoints, 's3')?.id],
    ...INTERFACE_ENDPOINTS.map((name) => {
      const id = named(endpoints, name.replace('.', '-'))?.id;
      return [`aws_vpc_endpoint.interface[${JSON.stringify(name)}]`, id] as const;
    }),
  ];
  return {
    ...{ vpc, cidrBlock },
    resources: resources.flatMap(([address, id]) => (id === undefined ? [] : [{ to: `${MODULE}.${address}`, id }])),
    openRules: [['containers', containers] as const, ['endpoints', inside] as const].flatMap(([name, group]) => {
      const id = rule(group, true, (peer) => peer === '0.0.0.0/0');
      if (group === undefined || id === undefined) return [];
      return [{ id, group: group.id, address: `${MODULE}.aws_security_group.${name}` }];
    }),
  };
}

interface ChosenNetwork {
  readonly imports: readonly Import[];
  /** Rules that let all traffic out of a group that is adopted. */
  readonly openRules: NetworkFact['openRules'];
  /** What a person has to know of the service's networks. */
  readonly notes: readonly string[];
  readonly problems: readonly UserErrorParts[];
}

/** What to adopt of the service's networks: a run that was killed leaves one that its state has in part or not at all. */
export function chooseNetwork(
  { service, account, region, network }: BootstrapSettings,
  networks: readonly NetworkFact[],
  state: State | null,
): ChosenNetwork {
  const { owned, unknown } = divide(networks, state);
  const none = {
    imports: [],
    openRules: [],
    notes: unknown.map((each) => describeUnknown(each, state?.vpc === undefined)),
    problems: [],
  };
  if (network === null) return { ...none, problems: owned.flatMap((each) => unknownParts(each, state)) };
  if (state?.vpc !== undefined) return { ...none, ...adopt(owned, state) };
  if (unknown.length <= 1) return { ...none, ...adopt(unknown, state), notes: [] };
  const problem: UserErrorParts = {
    what: `${service} has several networks that are in no state`,
    where: `account ${account}, ${region}`,
    expected: 'at most one to adopt',
    found: unknown.map(describe).join(', '),
    remedy:
      'Delete all but the one that environment.json names, in the VPC console: its interface endpoints first, then the VPC.',
  };
  return { ...none, notes: [], problems: [problem] };
}

/** What `--destroy` leaves of the service's networks, and whether Terraform can destroy the one in the state. */
export function networksToLeave(
  networks: readonly NetworkFact[],
  state: State | null,
): { readonly left: readonly string[]; readonly isComplete: boolean } {
  const { owned, unknown } = divide(networks, state);
  const parts = owned.flatMap((each) => unknownParts(each, state));
  return {
    left: [
      ...parts.map(({ found, remedy }) => `network ${found ?? ''}. ${remedy}`),
      ...unknown.map((each) => `network ${describe(each)}: it is in no state. ${adoption(each)}`),
    ],
    isComplete: parts.length === 0,
  };
}

function divide(networks: readonly NetworkFact[], state: State | null) {
  return {
    owned: networks.filter(({ vpc }) => vpc === state?.vpc),
    unknown: networks.filter(({ vpc }) => vpc !== state?.vpc),
  };
}

function adopt(networks: readonly NetworkFact[], state: State | null): Pick<ChosenNetwork, 'imports' | 'openRules'> {
  return {
    imports: networks.flatMap(({ resources }) => resources),
    openRules: networks.flatMap(({ openRules }) => openRules.filter(({ address }) => isUnfinished(address, state))),
  };
}

/** Whether Terraform has not finished a resource: EC2 makes a group with a rule that Terraform revokes afterwards. */
function isUnfinished(address: string, state: State | null): boolean {
  return state?.addresses.includes(address) !== true || state.tainted.includes(address);
}

/** Terraform can't delete a VPC while something is in it that the state does not have. */
function unknownParts(network: NetworkFact, state: State | null): readonly UserErrorParts[] {
  const ids = network.resources.filter(({ to }) => state?.addresses.includes(to) !== true).map(({ id }) => id);
  if (ids.length === 0) return [];
  return [
    {
      what: 'The state has the network in part',
      expected: 'all of it, or nothing',
      found: `${describe(network)}: ${ids.join(', ')} in no state`,
      remedy: adoption(network),
    },
  ];
}

function describe({ vpc, cidrBlock }: NetworkFact): string {
  return `${vpc} (${cidrBlock})`;
}

/** @param isAdoptable whether another run can take it into the state */
function describeUnknown(network: NetworkFact, isAdoptable: boolean): string {
  const remedy = isAdoptable
    ? `--network ${network.cidrBlock} adopts it`
    : 'delete it in the VPC console, its interface endpoints first';
  return `${describe(network)} of this service is in no state: ${remedy}`;
}

function adoption({ cidrBlock }: NetworkFact): string {
  return `Run \`npm run bootstrap -- --network ${cidrBlock}\` once, which adopts it, then this command again.`;
}
