export { alterBody, sourceAfter } from './alter.ts';
export type { Alteration } from './alteration.ts';
export { copiesMax } from './decision.ts';
export { describeFaults, describeKinds, describeMatch } from './describe.ts';
export { type Distribution, delayMsMax, parseDistribution } from './distributions.ts';
export { type Account, account, decide, type EdgeRule, type EdgeRules } from './edge.ts';
export { explain } from './explain.ts';
export type { DrawSeen, Effect, Miss, Observer, RuleExplanation, Verb } from './explanation.ts';
export {
  type InstalledRule,
  install,
  isOver,
  nextExpiryMs,
  nextRuleNumber,
  noSuchRule,
} from './installed.ts';
export type { Action, Behaviour, Draws, PendingCopy, RuleKind } from './kind.ts';
export type { Message } from './message.ts';
export { findProfile, type Profile, type ProfileRule, profiles } from './profiles.ts';
export { block, deriveKey, type Key, uniform } from './randomness.ts';
export type { EdgeReport, RuleReport, Tally } from './report.ts';
export { ruleKinds } from './rules/registry.ts';
export { type InstallOptions, RuleSet } from './ruleset.ts';
export { fieldAsked, isShared, validateRule } from './spec.ts';
export type { Copy, Outcome, Verdict } from './verdict.ts';
