terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.100 is the oldest version this is tested with; nothing that version 6 removed or renamed is used.
      version = ">= 5.100, < 7.0"
    }
  }

  # The bucket is made here, so the first run keeps its state beside the files and moves it afterwards:
  # `npm run bootstrap` does both.
  backend "s3" {}
}
