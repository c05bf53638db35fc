/** The reason why an update fails; the message becomes the endpoint's FailureReason. */
export class DeploymentFailure extends Error {
  /** False when SageMaker does not show the reason. */
  readonly isShown: boolean;

  constructor(message: string, isShown = true) {
    super(message);
    this.isShown = isShown;
    this.name = 'DeploymentFailure';
  }
}
