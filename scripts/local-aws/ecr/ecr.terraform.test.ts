import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCommand } from '../testing/describe-with-command.ts';
import { startLocalAws, type LocalAws } from '../index.ts';

const CONFIGURATION = `
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  allowed_account_ids = ["123456789012"]
}

resource "aws_ecr_repository" "service" {
  name                 = "service"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = {
    service = "service"
  }
}

resource "aws_ecr_lifecycle_policy" "service" {
  repository = aws_ecr_repository.service.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_ecr_repository_policy" "service" {
  repository = aws_ecr_repository.service.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
`;

describeWithCommand('terraform', "Terraform's AWS provider", () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
  let aws: LocalAws;

  const terraform = async (...argv: string[]) => {
    const env = { ...process.env, ...aws.environment };
    return (await promisify(execFile)('terraform', [...argv, '-no-color'], { cwd: folder, env })).stdout;
  };

  beforeAll(async () => {
    aws = await startLocalAws({ logDirectory: join(folder, 'logs'), launcher: { kind: 'fake' } });
    writeFileSync(join(folder, 'main.tf'), CONFIGURATION);
  });

  afterAll(async () => {
    await aws.close();
    rmSync(folder, { recursive: true });
  });

  it(
    'makes a repository with its policies, finds no changes after it, and destroys all',
    { timeout: 180_000 },
    async () => {
      await terraform('init', '-input=false');
      await terraform('apply', '-input=false', '-auto-approve');
      expect(await terraform('plan', '-input=false', '-detailed-exitcode')).toContain('No changes');
      await terraform('destroy', '-input=false', '-auto-approve');
      const made = aws.calls.filter(({ operation }) => operation === 'DeleteRepository');
      expect(made).toMatchObject([{ service: 'ecr', error: undefined }]);
      expect(aws.calls.filter(({ forwarded }) => forwarded)).toEqual([]);
    },
  );
});
