import { notFound } from '../core/api-error.ts';
import type { Handler } from '../core/context.ts';
import type { State } from '../core/state.ts';
import { nodeId, repositoryUrl } from '../render/repository.ts';

export const listArtifacts: Handler = (context, { path, query }) => {
  const url = `${repositoryUrl(context)}/actions/artifacts`;
  const found = context.state.artifacts
    .filter(({ runId }) => runId === path['run_id'])
    .filter(({ name }) => query['name'] === undefined || name === query['name'])
    .map(({ id, name, createdAt }) => ({
      ...{ id, name, node_id: nodeId('MA', id), size_in_bytes: 0, expired: false },
      url: `${url}/${id}`,
      archive_download_url: `${url}/${id}/zip`,
      ...{ created_at: createdAt, updated_at: createdAt, expires_at: createdAt },
    }));
  const size = typeof query['per_page'] === 'number' ? query['per_page'] : 30;
  const page = typeof query['page'] === 'number' ? query['page'] : 1;
  return { status: 200, body: { total_count: found.length, artifacts: found.slice((page - 1) * size, page * size) } };
};

export const downloadArtifact: Handler = ({ state, serverUrl }, { path }) => {
  const found = state.artifacts.find(({ id }) => id === path['artifact_id']);
  if (found === undefined) throw notFound();
  return { status: 302, headers: { location: `${serverUrl}/artifacts/${found.id}.zip` } };
};

/** The archive at an address that {@link downloadArtifact} gave; undefined for any other address. */
export async function readArchive(state: State, url: URL): Promise<Uint8Array | undefined> {
  const id = /^\/artifacts\/(\d+)\.zip$/.exec(url.pathname)?.[1];
  return await state.artifacts.find((artifact) => String(artifact.id) === id)?.archive();
}
