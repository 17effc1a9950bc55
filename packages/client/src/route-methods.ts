/** Methods named after the routes of the protocol's table: they take the contents of the request. */
import { type VerbsBase, withVerbMethods } from '@faultline/actions';
import {
  type Affected,
  type Route,
  type RouteAnswer,
  type RouteName,
  type RouteRequest,
  routes,
} from '@faultline/protocol';

/** Routes whose methods have other parameters or results, and are written by hand. */
const written = [
  'down',
  'rules',
  'addRules',
  'dryRun',
  'removeRules',
  'call',
  'trace',
] as const satisfies readonly RouteName[];

type Derived = Exclude<RouteName, (typeof written)[number]>;

export type RouteMethods = {
  readonly [Name in Derived]: (...given: RouteRequest<Name>) => Promise<RouteAnswer<Name>>;
};

export interface AsksRoutes {
  ask<Name extends RouteName>(name: Name, ...given: RouteRequest<Name>): Promise<RouteAnswer<Name>>;
}

/** Named, so that a declaration file refers to it. */
export type MethodsBase = abstract new () => InstanceType<VerbsBase<Affected>> &
  RouteMethods &
  AsksRoutes;

/** A base class with one method for each verb and for each route: `client.held(query)` is `ask('held', query)`. */
export function withMethods(): MethodsBase {
  abstract class WithMethods extends withVerbMethods<Affected>() implements AsksRoutes {
    abstract ask<Name extends RouteName>(
      name: Name,
      ...given: RouteRequest<Name>
    ): Promise<RouteAnswer<Name>>;
  }
  const others: readonly string[] = written;
  for (const name of Object.keys(routes).filter((each) => !others.includes(each))) {
    Object.defineProperty(WithMethods.prototype, name, {
      value(this: AsksRoutes, ...given: RouteRequest<RouteName>) {
        return this.ask(name as RouteName, ...given);
      },
    });
  }
  // The compiler cannot see methods defined in a loop.
  return WithMethods as unknown as MethodsBase;
}

export interface Parameters {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: object;
}

/** Where each part of a request goes. */
export function parametersOf(
  { method, path }: Route,
  given: readonly (string | object | undefined)[],
): Parameters {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const beside = given[names.length];
  return {
    path: Object.fromEntries(names.map((name, i) => [name, String(given[i])])),
    ...(typeof beside === 'object' && { [method === 'GET' ? 'query' : 'body']: beside }),
  };
}
