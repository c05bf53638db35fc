import { z } from 'zod';
import type { Context } from '../core/context.ts';
import { nodeId } from '../render/repository.ts';
import { isGranted, type Grant } from '../core/tokens.ts';

const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() });

// ReportedContentClassifiers of GitHub's GraphQL schema.
const CLASSIFIERS = new Set(['ABUSE', 'DUPLICATE', 'LOW_QUALITY', 'OFF_TOPIC', 'OUTDATED', 'RESOLVED', 'SPAM']);

/**
 * The part of the GraphQL API that is served: who a token is (`viewer { login }`), and `minimizeComment` and
 * `unminimizeComment`, as REST can't hide a comment. The subject and classifier are taken from the variables, or from literals in the text.
 */
export function answerGraphql(context: Context, grant: Grant, body: unknown): unknown {
  const parsed = request.safeParse(body);
  if (!parsed.success) return failed('A query attribute must be specified and must be a string.');
  const { query, variables = {} } = parsed.data;
  const name = /\b(minimizeComment|unminimizeComment)\s*\(/.exec(query)?.[1];
  if (/^\s*(query\b[^{]*)?\{\s*viewer\s*\{\s*login\s*\}\s*\}\s*$/.test(query)) {
    return { data: { viewer: { login: grant.actor.login } } };
  }
  if (!/^\s*mutation\b/.test(query) || name === undefined) {
    return failed('The local GitHub serves only viewer { login }, minimizeComment and unminimizeComment');
  }
  if (!isGranted(grant, ['issues:write', 'pull-requests:write']))
    return failed('Resource not accessible by integration');
  const input: unknown = variables['input'] ?? variables;
  const read = (key: string): string | undefined => {
    const fromVariables: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, key) : undefined;
    const renamed = new RegExp(`${key}:\\s*\\$(\\w+)`).exec(query)?.[1];
    const literal = new RegExp(`${key}:\\s*"?([\\w=-]+)"?`).exec(query)?.[1];
    const value = fromVariables ?? (renamed === undefined ? undefined : variables[renamed]) ?? literal;
    return typeof value === 'string' ? value : undefined;
  };
  const subject = read('subjectId') ?? '';
  const comment = context.state.comments.find(({ id }) => nodeId('IC', id) === subject);
  if (comment === undefined) return failed(`Could not resolve to a node with the global id of '${subject}'`);
  const classifier = read('classifier') ?? '';
  if (name === 'minimizeComment' && !CLASSIFIERS.has(classifier)) {
    return failed(
      `Argument 'classifier' has an invalid value (${classifier}). Expected type 'ReportedContentClassifiers!'.`,
    );
  }
  comment.minimized = name === 'minimizeComment' ? classifier : undefined;
  const part = name === 'minimizeComment' ? 'minimizedComment' : 'unminimizedComment';
  return {
    data: {
      [name]: {
        [part]: {
          isMinimized: comment.minimized !== undefined,
          minimizedReason: comment.minimized?.toLowerCase() ?? null,
        },
      },
    },
  };
}

function failed(message: string): unknown {
  return { data: null, errors: [{ type: 'UNPROCESSABLE', message }] };
}
