import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMoto, type Moto } from './testing/moto.ts';
import { describeWithCommand } from './testing/describe-with-command.ts';
import { startLocalAws, type LocalAws, type Place } from './index.ts';

const HOME = { accountId: '210987654321', region: 'eu-west-1' };
const GOV = { accountId: '432109876543', region: 'us-gov-west-1' };

const configurationOf = (account: string) => `
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  allowed_account_ids = ["${account}"]
}

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_cloudwatch_log_group" "endpoint" {
  name = "endpoint"
}

resource "aws_ecr_repository" "service" {
  name = "service-${account}"
}

output "arns" {
  value = [
    data.aws_caller_identity.current.arn,
    aws_iam_role.execution.arn,
    aws_cloudwatch_log_group.endpoint.arn,
    aws_ecr_repository.service.arn,
  ]
}
`;

describeWithCommand(['terraform', 'moto_server'], 'Terraform in several accounts of one local AWS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  let moto: Moto;
  let aws: LocalAws;

  beforeAll(async () => {
    moto = await startMoto(HOME.region);
    const places = [HOME, GOV];
    aws = await startLocalAws({ logDirectory: directory, launcher: { kind: 'fake' }, motoUrl: moto.url, places });
  });

  afterAll(async () => {
    await aws.close();
    await moto.close();
    rmSync(directory, { recursive: true });
  });

  const terraformIn = (place: Place, configuration: string) => {
    const cwd = join(directory, `terraform-${place.accountId}`);
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, 'main.tf'), configuration);
    const env = { ...process.env, ...aws.environmentOf(place), CHECKPOINT_DISABLE: '1' };
    return async (...args: string[]) => (await promisify(execFile)('terraform', args, { cwd, env })).stdout;
  };

  it('creates the resources of each account in its partition', async () => {
    const arns = [];
    for (const place of [HOME, GOV]) {
      const terraform = terraformIn(place, configurationOf(place.accountId));
      await terraform('init', '-input=false', '-no-color');
      await terraform('apply', '-auto-approve', '-input=false', '-no-color');
      arns.push(JSON.parse(await terraform('output', '-json', 'arns')) as unknown);
    }
    expect(arns).toEqual([
      [
        'arn:aws:iam::210987654321:user/local',
        'arn:aws:iam::210987654321:role/execution',
        'arn:aws:logs:eu-west-1:210987654321:log-group:endpoint',
        'arn:aws:ecr:eu-west-1:210987654321:repository/service-210987654321',
      ],
      [
        'arn:aws-us-gov:iam::432109876543:user/local',
        'arn:aws-us-gov:iam::432109876543:role/execution',
        'arn:aws-us-gov:logs:us-gov-west-1:432109876543:log-group:endpoint',
        'arn:aws-us-gov:ecr:us-gov-west-1:432109876543:repository/service-432109876543',
      ],
    ]);
    const wrong = terraformIn(GOV, configurationOf(HOME.accountId));
    await expect(wrong('plan', '-input=false', '-no-color')).rejects.toThrow(
      /AWS account ID not allowed: 432109876543/,
    );
  }, 180_000);
});
