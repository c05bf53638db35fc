import type { AwsCall } from './reality-call.ts';

/** An error as AWS would answer. */
export class AwsRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'AwsRefusal';
    this.code = code;
  }
}

/** The answer of a refusal in the protocol of the call. */
export function renderRefusal(
  { protocol }: AwsCall,
  { code, message }: AwsRefusal,
): { readonly type: string; readonly body: string } {
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  switch (protocol) {
    case 'json':
      return { type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: code, message }) };
    case 'query':
      return {
        type: 'text/xml',
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
      };
    case 's3':
      return { type: 'application/xml', body: `<Error><Code>${code}</Code><Message>${text}</Message></Error>` };
  }
}
