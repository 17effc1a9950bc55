export { type VerbInterval, wrongAfter } from './interval.ts';
export {
  type NodeMethods,
  type NodeVerbsBase,
  type PerformsNodeVerbs,
  withNodeMethods,
} from './methods.ts';
export { dashed, describeOptions, type OptionDescription, takesInPlan } from './options.ts';
export { routeOf } from './routes.ts';
export type { TextKind } from './texts.ts';
export {
  type AskedOf,
  isNodeVerb,
  type NodeVerbName,
  type NodeVerbs,
  nodeVerbNames,
  nodeVerbs,
  type OptionsOf,
  undoingOf,
} from './types.ts';
export type { MainOption, NodeVerb } from './verb.ts';
