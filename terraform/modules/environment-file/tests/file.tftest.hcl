# What only the text tells is refused here. terraform/environment/rules.terraform.test.ts compares all rules with the parser.

variables {
  text = <<-JSON
    {
      "formatVersion": 2, "service": "onnx-inference", "account": "012345678901", "region": "eu-central-1",
      "promotionOrder": 1, "retainReleases": 5, "swap": {}, "smoke": {}, "autoscaling": null, "network": null,
      "alarms": { "serverErrors": null, "clientErrors": null, "latencyP99": null }, "networkIsolation": false,
      "kmsKeyArn": null, "dataCapture": null, "logRetentionDays": 30, "notifications": { "snsTopicArn": null },
      "visibleEnvironmentKeys": ["a \" quote", ": a colon"]
    }
  JSON
}

run "gives_the_content" {
  command = plan

  assert {
    condition     = output.environment.account == "012345678901" && output.environment.visibleEnvironmentKeys[1] == ": a colon"
    error_message = "The output must have the content as it was written."
  }
}

run "refuses_a_list" {
  command = plan

  variables {
    text = "[]"
  }

  expect_failures = [output.environment]
}

run "refuses_what_is_not_json" {
  command = plan

  variables {
    text = "{"
  }

  expect_failures = [output.environment]
}
