/** Why an update cannot go on; the message becomes the endpoint's FailureReason. */
export class DeploymentFailure extends Error {
  /** False when SageMaker keeps the reason to itself. */
  readonly isShown: boolean;

  constructor(message: string, isShown = true) {
    super(message);
    this.isShown = isShown;
    this.name = 'DeploymentFailure';
  }
}
