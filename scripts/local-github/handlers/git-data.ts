import { z } from 'zod';
import { ApiError, invalid, notFound } from '../core/api-error.ts';
import { text, textOr, timestamp, type Context, type Handler } from '../core/context.ts';
import type { GitTreeEntry, Signature } from '../core/git-repository.ts';
import { renderCommit, renderFileChange } from '../render/commit.ts';
import { repositoryHtmlUrl, repositoryUrl } from '../render/repository.ts';
import type { Actor } from '../core/state.ts';
import { emitPush, ZERO } from './pulls.ts';

export const getRef: Handler = async (context, { path }) => {
  const name = `refs/${text(path['ref'])}`;
  const sha = (await context.git.refs(name)).get(name);
  if (sha === undefined) throw notFound();
  return { status: 200, body: renderRef(context, name, sha) };
};

export const listMatchingRefs: Handler = async (context, { path }) => {
  const prefix = `refs/${text(path['ref'])}`;
  const all = await context.git.refs('refs/');
  const found = [...all].filter(([name]) => name.startsWith(prefix));
  return { status: 200, body: found.map(([name, sha]) => renderRef(context, name, sha)) };
};

export const createRef: Handler = async (context, { actor, body }) => {
  const name = text(body['ref']);
  const sha = text(body['sha']);
  if (!/^refs\/[^/]+\/.+/.test(name)) throw invalid('Reference', 'ref', `${name} is not a valid ref name.`);
  if ((await context.git.resolve(sha)) === undefined) throw new ApiError(422, 'Object does not exist');
  if ((await context.git.refs(name)).has(name)) throw new ApiError(422, 'Reference already exists');
  await moveRef(context, name, ZERO, sha, actor);
  return { status: 201, body: renderRef(context, name, sha) };
};

export const updateRef: Handler = async (context, { actor, path, body }) => {
  const name = `refs/${text(path['ref'])}`;
  const sha = text(body['sha']);
  const before = (await context.git.refs(name)).get(name);
  if (before === undefined) throw new ApiError(422, 'Reference does not exist');
  if ((await context.git.resolve(sha)) === undefined) throw new ApiError(422, 'Object does not exist');
  if (body['force'] !== true && (await context.git.mergeBase(before, sha)) !== before) {
    throw new ApiError(422, 'Update is not a fast forward');
  }
  await moveRef(context, name, before, sha, actor);
  return { status: 200, body: renderRef(context, name, sha) };
};

export const deleteRef: Handler = async (context, { actor, path }) => {
  const name = `refs/${text(path['ref'])}`;
  const before = (await context.git.refs(name)).get(name);
  if (before === undefined) throw new ApiError(422, 'Reference does not exist');
  await moveRef(context, name, before, ZERO, actor);
  return { status: 204 };
};

export const createTree: Handler = async (context, { body }) => {
  const base = textOr(body['base_tree'], undefined);
  const entries = Array.isArray(body['tree']) ? body['tree'].map((entry) => treeEntry.parse(entry)) : [];
  const files = await Promise.all(
    entries.map(async ({ path, content }) => ({ path, blob: await context.git.writeBlob(Buffer.from(content)) })),
  );
  const sha = await context.git.writeTree(base, files);
  const url = `${repositoryUrl(context)}/git/trees/${sha}`;
  const tree = files.map(({ path, blob }) => ({ path, mode: '100644', type: 'blob', sha: blob, url }));
  return { status: 201, body: { sha, url, truncated: false, tree } };
};

export const createCommit: Handler = async (context, { actor, body }) => {
  if (body['author'] !== undefined || body['committer'] !== undefined || body['signature'] !== undefined) {
    throw new ApiError(501, 'The local GitHub makes commits only in the name of the token');
  }
  const parents = z.array(z.string()).default([]).parse(body['parents']);
  const signature = signatureOf(context, actor);
  const sha = await context.git.writeCommit({
    tree: text(body['tree']),
    parents,
    author: signature,
    committer: signature,
    message: text(body['message']),
  });
  const commit = await context.git.commit(sha);
  const { html_url, node_id, parents: rendered } = renderCommit(context, commit);
  const url = `${repositoryUrl(context)}/git/commits/${sha}`;
  const tree = { sha: commit.tree, url: `${repositoryUrl(context)}/git/trees/${commit.tree}` };
  // GitHub signs commits of app tokens.
  const verification = { verified: true, reason: 'valid', signature: null, payload: null, verified_at: null };
  return {
    status: 201,
    body: {
      ...{ sha, node_id, url, html_url, tree, verification, parents: rendered },
      ...{ author: signature, committer: signature, message: commit.message },
    },
  };
};

export const getBranch: Handler = async (context, { path }) => {
  const name = text(path['branch']);
  const sha = await context.git.resolve(`refs/heads/${name}`);
  if (sha === undefined) throw new ApiError(404, 'Branch not found');
  const url = `${repositoryUrl(context)}/branches/${name}`;
  return {
    status: 200,
    body: {
      name,
      commit: renderCommit(context, await context.git.commit(sha)),
      _links: { html: `${repositoryHtmlUrl(context)}/tree/${name}`, self: url },
      protected: false,
      protection: { enabled: false },
      protection_url: `${url}/protection`,
    },
  };
};

export const listCommits: Handler = async (context, { query }) => {
  const sha = await resolveCommit(context, textOr(query['sha'], context.state.defaultBranch));
  const path = query['path'];
  for (const name of ['author', 'committer', 'since', 'until']) {
    if (query[name] !== undefined) throw new ApiError(501, `The local GitHub does not filter commits by ${name}`);
  }
  const commits = await context.git.log([sha], typeof path === 'string' ? path : undefined);
  return { status: 200, body: commits.map((commit) => renderCommit(context, commit)) };
};

export const getCommit: Handler = async (context, { path }) => {
  const sha = await resolveCommit(context, text(path['ref']));
  return { status: 200, body: renderCommit(context, await context.git.commit(sha)) };
};

export const compareCommits: Handler = async (context, { path }) => {
  const base = text(path['base']);
  const head = text(path['head']);
  const from = await resolveCommit(context, base);
  const to = await resolveCommit(context, head);
  const common = await context.git.mergeBase(from, to);
  if (common === undefined) throw new ApiError(404, `No common ancestor between ${base} and ${head}.`);
  const [ahead, behind] = await Promise.all([
    context.git.log(['--reverse', `${from}..${to}`]),
    context.git.log([`${to}..${from}`]),
  ]);
  const changes = await context.git.changes(common, to);
  const url = `${repositoryUrl(context)}/compare/${base}...${head}`;
  const html = `${repositoryHtmlUrl(context)}/compare/${base}...${head}`;
  return {
    status: 200,
    body: {
      url,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: renderCommit(context, await context.git.commit(from)),
      merge_base_commit: renderCommit(context, await context.git.commit(common)),
      status:
        ahead.length > 0 && behind.length > 0
          ? 'diverged'
          : ahead.length > 0
            ? 'ahead'
            : behind.length > 0
              ? 'behind'
              : 'identical',
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      // The API names at most 250 commits and 300 files.
      commits: ahead.slice(0, 250).map((commit) => renderCommit(context, commit)),
      files: changes.slice(0, 300).map((change) => renderFileChange(context, to, change)),
    },
  };
};

export const getContent: Handler = async (context, { path, query }) => {
  const ref = textOr(query['ref'], context.state.defaultBranch);
  const file = text(path['path']).replace(/\/$/, '');
  const sha = await resolveCommit(context, ref);
  const [found] = file === '' ? [] : await context.git.entries(sha, file);
  if (found?.type === 'blob') {
    return { status: 200, body: renderFile(context, ref, found, await context.git.blob(found.sha)) };
  }
  const entries = await context.git.entries(sha, file === '' ? '' : `${file}/`);
  if (entries.length === 0) throw notFound();
  return {
    status: 200,
    body: entries.map((entry) => ({
      ...renderEntry(context, ref, entry),
      size: entry.size ?? 0,
      type: entry.type === 'tree' ? 'dir' : 'file',
    })),
  };
};

export const putContent: Handler = async (context, { actor, path, body }) => {
  const branch = textOr(body['branch'], context.state.defaultBranch);
  const file = text(path['path']);
  const head = await context.git.resolve(`refs/heads/${branch}`);
  if (head === undefined) throw new ApiError(404, `Branch ${branch} not found`);
  const [existing] = await context.git.entries(head, file);
  const given = body['sha'];
  if (existing !== undefined && given === undefined) {
    throw new ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  }
  if (given !== undefined && given !== existing?.sha) {
    throw new ApiError(409, `${file} does not match ${text(given)}`);
  }
  const content = Buffer.from(text(body['content']), 'base64');
  const blob = await context.git.writeBlob(content);
  const signature = signatureOf(context, actor);
  const sha = await context.git.writeCommit({
    tree: await context.git.writeTree(head, [{ path: file, blob }]),
    parents: [head],
    author: signature,
    committer: signature,
    message: text(body['message']),
  });
  await moveRef(context, `refs/heads/${branch}`, head, sha, actor);
  const entry = { path: file, mode: '100644', type: 'blob', sha: blob, size: content.length };
  const { commit, ...rendered } = renderCommit(context, await context.git.commit(sha));
  return {
    status: existing === undefined ? 201 : 200,
    body: {
      content: renderFile(context, branch, entry, content),
      commit: { ...rendered, ...commit, sha, url: rendered.url },
    },
  };
};

// What of the tree entries is served: text files, given by their content.
const treeEntry = z.strictObject({
  path: z.string(),
  mode: z.literal('100644'),
  type: z.literal('blob'),
  content: z.string(),
});

function signatureOf(context: Context, actor: Actor): Signature {
  const email = `${actor.id}+${actor.login}@users.noreply.github.com`;
  return { name: actor.login, email, date: timestamp(context) };
}

async function moveRef(context: Context, name: string, before: string, after: string, actor: Actor): Promise<void> {
  const { rules, defaultBranch } = context.state;
  if (rules !== undefined && name === `refs/heads/${defaultBranch}`) {
    throw new ApiError(409, 'Repository rule violations found\n\nChanges must be made through a pull request.\n\n');
  }
  await context.git.git(after === ZERO ? ['update-ref', '-d', name, before] : ['update-ref', name, after, before]);
  await emitPush(context, name, before, after, actor);
}

async function resolveCommit(context: Context, ref: string): Promise<string> {
  const sha = await context.git.resolve(ref);
  if (sha === undefined) throw new ApiError(404, `No commit found for the ref ${ref}`);
  return sha;
}

function renderRef(context: Context, name: string, sha: string) {
  return {
    ref: name,
    node_id: `REF_${Buffer.from(name).toString('base64url')}`,
    url: `${repositoryUrl(context)}/git/${name}`,
    object: { type: 'commit', sha, url: `${repositoryUrl(context)}/git/commits/${sha}` },
  };
}

function renderFile(context: Context, ref: string, entry: GitTreeEntry, content: Buffer) {
  return {
    ...renderEntry(context, ref, entry),
    type: 'file',
    size: content.length,
    encoding: 'base64',
    // GitHub breaks the text into lines of 60 characters.
    content: content.toString('base64').replace(/.{60}/g, '$&\n'),
  };
}

function renderEntry(context: Context, ref: string, entry: GitTreeEntry) {
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const url = `${repositoryUrl(context)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${repositoryUrl(context)}/git/blobs/${entry.sha}`;
  const htmlUrl = `${repositoryHtmlUrl(context)}/blob/${ref}/${path}`;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    url,
    git_url: gitUrl,
    html_url: htmlUrl,
    download_url: `${repositoryHtmlUrl(context)}/raw/${ref}/${path}`,
    _links: { git: gitUrl, self: url, html: htmlUrl },
  };
}
