import {
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import { attempt, type AccountClients } from './aws-calls.ts';
import type { NetworkFact } from './facts.ts';
import { parseNetwork, type NetworkDescription } from './network.ts';

/** The service's networks in its home region, whatever the state has of them. */
export async function readNetworks(clients: AccountClients): Promise<readonly NetworkFact[]> {
  const { service, ec2 } = clients;
  const tags = { Service: service, ManagedBy: 'terraform', Name: service };
  const Filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const { Vpcs = [] } = await attempt('DescribeVpcs', async () => await ec2.send(new DescribeVpcsCommand({ Filters })));
  return await Promise.all(
    Vpcs.map(async ({ VpcId = '', CidrBlock = '' }) => {
      const content = await attempt(`Reading the network ${VpcId}`, async () => await readContent(clients, VpcId));
      return parseNetwork(service, { vpc: VpcId, cidrBlock: CidrBlock, ...content });
    }),
  );
}

async function readContent(
  { ec2 }: AccountClients,
  vpc: string,
): Promise<Omit<NetworkDescription, 'vpc' | 'cidrBlock'>> {
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters }));
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const { VpcEndpoints = [] } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }));
  const ids = SecurityGroups.map(({ GroupId = '' }) => GroupId);
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: ids }] }),
  );
  return {
    subnets: Subnets.map(({ SubnetId = '', Tags }) => ({ id: SubnetId, name: nameOf(Tags) })),
    routeTables: RouteTables.map(({ RouteTableId = '', Associations = [], Tags }) => ({
      ...{ id: RouteTableId, name: nameOf(Tags) },
      subnets: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    })),
    groups: SecurityGroups.map(({ GroupId = '', GroupName = '' }) => ({ id: GroupId, name: GroupName })),
    rules: SecurityGroupRules.map((rule) => ({
      ...{ id: rule.SecurityGroupRuleId ?? '', group: rule.GroupId ?? '', isEgress: rule.IsEgress === true },
      peer: rule.ReferencedGroupInfo?.GroupId ?? rule.PrefixListId ?? rule.CidrIpv4 ?? '',
    })),
    endpoints: VpcEndpoints.filter(({ State }) => !/^delet/i.test(State ?? '')).map(({ VpcEndpointId = '', Tags }) => ({
      ...{ id: VpcEndpointId, name: nameOf(Tags) },
    })),
  };
}

function nameOf(tags: readonly Tag[] | undefined): string {
  return tags?.find(({ Key }) => Key === 'Name')?.Value ?? '';
}
