export { type Answer, type AnswerName, addedBy } from './answers.ts';
export type { ClusterVerb, Form } from './cluster-verb.ts';
export * from './events/index.ts';
export {
  askedBy,
  type ClusterFormName,
  type ClusterRequest,
  clusterForm,
  clusterFormNames,
  isClusterForm,
} from './forms.ts';
export type { Flag, Help, Typed } from './help.ts';
export { type VerbInterval, wrongAfter } from './interval.ts';
export { type PerformsVerbs, type VerbsBase, withVerbMethods } from './methods.ts';
export {
  dashed,
  describeOptions,
  needsSome,
  type OptionDescription,
  takesInPlan,
} from './options.ts';
export { routeOf, type VerbRoute } from './routes.ts';
export { isTextKind, type TextKind, type TextsOfOption } from './texts.ts';
export {
  type ClusterAnswerOf,
  type ClusterOptionsOf,
  type ClusterRequestOf,
  type ClusterVerbName,
  clusterVerbNames,
  clusterVerbs,
  isClusterVerb,
  isNodeVerb,
  type NodeVerbName,
  type NodeVerbs,
  nodeVerbNames,
  nodeVerbs,
  type OptionsOf,
  type RequestOf,
  undoingOf,
} from './types.ts';
export type { MainOption, NodeVerb } from './verb.ts';
export type { ClockRequest } from './verbs/clock.ts';
export type { DiskRequest } from './verbs/disk.ts';
export type { ProgramWords } from './verbs/start-options.ts';
