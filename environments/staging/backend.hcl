# Generated from environment.json by `npm run generate`. Where the Terraform state of this environment is kept:
# terraform init -backend-config=backend.hcl
bucket       = "onnx-inference-123456789012-state"
key          = "onnx-inference/staging/terraform.tfstate"
region       = "eu-central-1"
encrypt      = true
use_lockfile = true
