import type { Context } from '../core/context.ts';
import type { Actor, Collaborator } from '../core/state.ts';

/** An opaque id as GitHub's GraphQL API uses it. */
export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;
}

/** A `simple-user`. */
export function renderUser({ apiUrl, serverUrl }: Pick<Context, 'apiUrl' | 'serverUrl'>, user: Actor) {
  const url = `${apiUrl}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${serverUrl}/avatars/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${serverUrl}/${encodeURIComponent(user.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** The owner of the one repository. */
export function ownerOf(context: Context): Actor {
  return { login: context.state.owner, id: 1, type: 'User', startsWorkflows: true };
}

/** The repository's URL in the API. */
export function repositoryUrl(context: Context): string {
  return `${context.apiUrl}/repos/${context.state.owner}/${context.state.repo}`;
}

/** The repository's URL for people. */
export function repositoryHtmlUrl(context: Context): string {
  return `${context.serverUrl}/${context.state.owner}/${context.state.repo}`;
}

const TEMPLATES: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** A `full-repository`; a `repository` and a `minimal-repository` are parts of it. */
export function renderRepository(context: Context) {
  const url = repositoryUrl(context);
  const htmlUrl = repositoryHtmlUrl(context);
  const created = '2026-01-01T00:00:00Z';
  return {
    ...Object.fromEntries(Object.entries(TEMPLATES).map(([name, suffix]) => [name, `${url}${suffix}`])),
    id: 1,
    node_id: nodeId('R', 1),
    name: context.state.repo,
    full_name: `${context.state.owner}/${context.state.repo}`,
    owner: renderUser(context, ownerOf(context)),
    private: context.state.settings.isPrivate,
    visibility: context.state.settings.isPrivate ? 'private' : 'public',
    html_url: htmlUrl,
    description: null,
    fork: false,
    url,
    clone_url: `${htmlUrl}.git`,
    git_url: `${htmlUrl}.git`,
    ssh_url: `${htmlUrl}.git`,
    svn_url: htmlUrl,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: context.state.defaultBranch,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    network_count: 0,
    subscribers_count: 0,
    size: 0,
    open_issues: context.state.issues.filter(({ state }) => state === 'open').length,
    open_issues_count: context.state.issues.filter(({ state }) => state === 'open').length,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    created_at: created,
    updated_at: created,
    pushed_at: created,
  };
}

/** A `collaborator`. */
export function renderCollaborator(context: Context, { user, permission }: Collaborator) {
  const [push, admin] = [permission !== 'read', permission === 'admin'];
  return {
    ...renderUser(context, user),
    permissions: { pull: true, triage: push, push, maintain: admin, admin },
    role_name: permission,
  };
}
