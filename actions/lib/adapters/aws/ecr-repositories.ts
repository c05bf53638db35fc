import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  paginateDescribeImages,
} from '@aws-sdk/client-ecr';
import { UserError } from '../../domain/errors/user-error.ts';
import type { ImageRepositories } from '../../ports/image-repository.ts';
import { awsClientSettings } from './clients.ts';
import { callAws, missingAsUndefined } from './errors.ts';

/** Repositories in Amazon ECR. Tokens last 12 hours and are handed to `mask` before anybody else sees them. */
export function createEcrRepositories(region: string, mask: (secret: string) => void): ImageRepositories {
  const client = new ECRClient({ ...awsClientSettings(region) });
  return {
    open: async (name) => {
      const uri = await findUri(client, region, name);
      const token = await call('GetAuthorizationToken', region, () =>
        client.send(new GetAuthorizationTokenCommand({})),
      );
      const encoded = token.authorizationData?.[0]?.authorizationToken ?? '';
      const [username, password] = splitOnce(Buffer.from(encoded, 'base64').toString('utf8'));
      if (password === '') {
        throw new UserError({
          what: 'The token of the registry is not usable',
          where: `ECR in ${region}`,
          expected: 'USER:PASSWORD in base64',
          found: encoded === '' ? 'no token' : 'a token of another form',
          remedy: 'Run the workflow again.',
        });
      }
      mask(encoded);
      mask(password);
      const slash = uri.indexOf('/');
      return { registry: uri.slice(0, slash), name: uri.slice(slash + 1), uri, username, password };
    },
    findLatest: async (name, exceptDigest) =>
      await call('DescribeImages', `repository ${name}`, async () => {
        let latest: { readonly digest: string; readonly pushedAt: number } | undefined;
        const query = { repositoryName: name, filter: { tagStatus: 'TAGGED' } } as const;
        for await (const page of paginateDescribeImages({ client, pageSize: 1000 }, query)) {
          for (const { imageDigest: digest, imagePushedAt } of page.imageDetails ?? []) {
            const pushedAt = imagePushedAt?.getTime() ?? 0;
            if (digest === undefined || digest === exceptDigest) continue;
            if (latest === undefined || pushedAt > latest.pushedAt) latest = { digest, pushedAt };
          }
        }
        return latest?.digest;
      }),
  };
}

async function findUri(client: ECRClient, region: string, name: string): Promise<string> {
  const query = new DescribeRepositoriesCommand({ repositoryNames: [name] });
  const described = await missingAsUndefined(
    call('DescribeRepositories', `repository ${name}`, () => client.send(query)),
  );
  const uri = described?.repositories?.[0]?.repositoryUri;
  if (uri?.includes('/') === true) return uri;
  throw new UserError({
    what: `There is no image repository "${name}"`,
    where: `ECR in ${region}`,
    expected: `a repository named ${name}`,
    found: 'none',
    remedy: 'Apply terraform/bootstrap in the account that holds the images, or correct the name in the workflow.',
  });
}

async function call<Answer>(operation: string, resource: string, send: () => Promise<Answer>): Promise<Answer> {
  return await callAws(operation, resource, send, {
    'expired-credentials':
      'Run aws-actions/configure-aws-credentials before this step, with a role that may push images.',
    denied:
      'Give the role ecr:DescribeRepositories, ecr:DescribeImages and ecr:GetAuthorizationToken, and the rights to push.',
  });
}

function splitOnce(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
