/** Everything that a module needs to declare a workload; nothing here starts a process. */
export { Type } from 'typebox';
export {
  type Clients,
  type DefinedWorkload,
  defineWorkload,
  share,
  type WorkloadDeclaration,
} from './define.ts';
export {
  type Answer,
  answered,
  type Draw,
  fieldOf,
  type LoadOptions,
  pick,
  type Request,
  type Script,
  uniqueValue,
  type Workload,
} from './workload.ts';
