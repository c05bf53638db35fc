/** Why an update cannot go on; the message becomes the endpoint's FailureReason. */
export class DeploymentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeploymentFailure';
  }
}
