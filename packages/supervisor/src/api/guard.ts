/**
 * Access control for the control API. The API can start and kill processes, and any web page that a user
 * visits can send requests to loopback. So the Host must be our own (DNS rebinding), a browser's Origin
 * must be our own, and every request except those for the documentation needs the token.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { sameSecret } from '@faultline/link';
import { FaultlineError } from '@faultline/protocol';

export interface Guard {
  /** Throws FOREIGN_HOST or FOREIGN_ORIGIN. */
  checkOrigin(headers: IncomingHttpHeaders): void;
  /** Accepts `Authorization: Bearer`, or the `token` of a WebSocket's query. Throws UNAUTHORIZED. */
  checkToken(headers: IncomingHttpHeaders, queryToken?: string | null): void;
}

export function guard(host: string, port: () => number, token: string): Guard {
  const names = [...new Set(['127.0.0.1', 'localhost', host.includes(':') ? `[${host}]` : host])];
  // A server on all addresses does not know them all, so accept any address: rebinding needs a name.
  const acceptsAddresses = host === '0.0.0.0' || host === '::';

  const isOwn = (given: string): boolean => {
    const [, name, portText] = /^(.+):(\d+)$/.exec(given) ?? [];
    if (name === undefined || Number(portText) !== port()) return false;
    return names.includes(name) || (acceptsAddresses && isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0);
  };

  return {
    checkOrigin(headers) {
      if (!isOwn(headers.host ?? '')) {
        const own = names.map((name) => `${name}:${port()}`).join(' and ');
        throw new FaultlineError(
          'FOREIGN_HOST',
          `this API accepts requests for ${own}; this one was for ${headers.host ?? 'no host'}`,
          { host: headers.host },
        );
      }
      const { origin } = headers;
      if (origin !== undefined && !(origin.startsWith('http://') && isOwn(origin.slice(7)))) {
        throw new FaultlineError('FOREIGN_ORIGIN', `web pages of ${origin} may not use this API`, {
          origin,
        });
      }
    },
    checkToken(headers, queryToken) {
      const given = queryToken ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      if (given === undefined) {
        throw new FaultlineError(
          'UNAUTHORIZED',
          'expected the header `Authorization: Bearer TOKEN`; the token is in cluster.json in the state directory',
        );
      }
      if (!sameSecret(given, token)) {
        throw new FaultlineError(
          'UNAUTHORIZED',
          'the token is not valid for this cluster; it is in cluster.json in the state directory',
        );
      }
    },
  };
}
