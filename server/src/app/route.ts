import type { Context } from 'hono';
import type { AppContext } from './context.ts';
import type { InferenceProtocol } from '../codecs/codec.ts';

/** How /openapi.json documents a route. */
export interface RouteDocumentation {
  readonly summary: string;
  readonly tag: 'server' | 'inference' | 'open inference protocol';
  /** Descriptions by status; of an inference route they follow from its protocol. */
  readonly responses?: Readonly<Record<number, string>>;
  readonly isJson?: boolean;
}

interface RouteAddress {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** In Hono's syntax: `:name` matches one segment. */
  readonly path: string;
  /** Undefined: /openapi.json does not list the route. */
  readonly documentation?: RouteDocumentation;
}

/** A route that Hono serves. */
export interface HonoRoute extends RouteAddress {
  readonly kind: 'hono';
  readonly respond: (c: Context<HonoEnvironment>, context: AppContext) => Response | Promise<Response>;
}

/** A route that runs a model. node:http serves it: Hono costs as much as a small model's run. */
interface InferenceRoute extends RouteAddress {
  readonly kind: 'inference';
  readonly method: 'POST';
  readonly protocol: InferenceProtocol;
}

/** The health check. node:http serves it: its response must not depend on anything that is loaded later. */
export interface HealthRoute extends RouteAddress {
  readonly kind: 'health';
  readonly method: 'GET';
}

export type Route = HonoRoute | InferenceRoute | HealthRoute;

/** Hono's type parameters for the routes of the server. */
export interface HonoEnvironment {
  Variables: { requestId: string; routeLabel: string };
}

/** The path as metrics and logs have it: `/v2/models/{name}`. */
export function routeLabel({ path }: Route): string {
  return path.replaceAll(/:([a-z]+)/g, '{$1}');
}

/** A pattern for the path without its query; one group for each parameter, named after it. */
export function routePattern({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:([a-z]+)/g, '(?<$1>[^/]+)')}$`);
}
