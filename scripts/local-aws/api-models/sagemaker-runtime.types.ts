// Generated from the official API model of SageMaker Runtime by api-models/generate.ts. Do not edit.

export interface InvokeEndpointInput {
  EndpointName: string;
  Body: Uint8Array;
  ContentType?: string | undefined;
  Accept?: string | undefined;
  CustomAttributes?: string | undefined;
  TargetModel?: string | undefined;
  TargetVariant?: string | undefined;
  TargetContainerHostname?: string | undefined;
  InferenceId?: string | undefined;
  EnableExplanations?: string | undefined;
  InferenceComponentName?: string | undefined;
  SessionId?: string | undefined;
}

export interface InvokeEndpointOutput {
  Body: Uint8Array;
  ContentType?: string | undefined;
  InvokedProductionVariant?: string | undefined;
  CustomAttributes?: string | undefined;
  NewSessionId?: string | undefined;
  ClosedSessionId?: string | undefined;
}

export interface Operations {
  InvokeEndpoint: { input: InvokeEndpointInput; output: InvokeEndpointOutput };
}
