import { text, type Handler } from '../core/context.ts';

export const listAttestations: Handler = ({ state }, { path }) => {
  const digest = text(path['subject_digest']);
  const found = state.attestations.filter(({ digests }) => digests.includes(digest));
  return { status: 200, body: { attestations: found.map(({ bundle }) => ({ bundle, repository_id: 1 })) } };
};
