import type { Envelope } from '../domain/plan/envelope.ts';

/** Closes and opens envelopes with the key that the plan's job and the apply's job share. */
export interface EnvelopeSealer {
  seal(envelope: Envelope): Promise<string>;
  /** @throws UserError when the envelope was not made with this key, was edited, or is not whole. */
  open(sealed: string): Promise<Envelope>;
}
