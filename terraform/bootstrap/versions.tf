terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.100 is the oldest version this is tested with; nothing that version 6 removed or renamed is used.
      version = ">= 5.100, < 7.0"
    }
  }

  # `npm run bootstrap` makes the bucket and names it; the first apply imports it.
  backend "s3" {}
}
