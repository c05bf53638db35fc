provider "aws" {
  region = "eu-central-1"
}

resource "aws_cloudwatch_log_group" "endpoint" {
  name              = "/aws/sagemaker/Endpoints/onnx-inference-dev"
  retention_in_days = 90
}
