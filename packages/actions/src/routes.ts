/** The routes of verbs in the control API. */
import type { Route } from '@faultline/protocol';
import type { TObject } from 'typebox';
import type { ClusterVerb } from './cluster-verb.ts';
import type { NodeVerb } from './verb.ts';

export interface VerbRoute extends Route {
  /** Left out: the request has no body. */
  readonly body?: TObject;
}

export function routeOf({ name, summary, options, route }: NodeVerb | ClusterVerb): VerbRoute {
  return {
    ...(route ?? { method: 'POST', path: `/v1/nodes/:nodes/${name}` }),
    summary: sentence(summary),
    ...(Object.keys(options.properties).length === 0 ? {} : { body: options }),
  };
}

const sentence = (summary: string): string => summary.charAt(0).toUpperCase() + summary.slice(1);
