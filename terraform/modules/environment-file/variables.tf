variable "text" {
  description = "The text of an environment's environment.json."
  type        = string
}
