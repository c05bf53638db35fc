// Generated from the official API model of STS by api-models/generate.ts. Do not edit.

export type GetCallerIdentityRequest = Record<string, never>;

export interface GetCallerIdentityResponse {
  UserId?: string | undefined;
  Account?: string | undefined;
  Arn?: string | undefined;
}

export interface Operations {
  GetCallerIdentity: { input: GetCallerIdentityRequest; output: GetCallerIdentityResponse };
}
