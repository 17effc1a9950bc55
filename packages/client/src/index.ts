export { Client, type ClientOptions } from './client.ts';
export type { AsksRoutes, MethodsBase, RouteMethods } from './route-methods.ts';
export type { Waited, WaitedFor, WaitOptions } from './wait.ts';
