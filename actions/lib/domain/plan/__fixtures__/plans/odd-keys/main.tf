resource "terraform_data" "odd" {
  for_each = toset([
    "plain",
    "with \"quotes\"",
    "`back` ```ticks```",
    "</details>",
    "--> @everyone #1",
    "::set-output name=a::b",
    "line\nbreak",
    "right\u202eleft",
    "größe/模型 😀",
  ])
  input = each.key
}
