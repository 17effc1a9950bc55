/** What verbs on the cluster answer, by name: a client knows the types and need not load the schemas. */
import type { Affected, RulesChanged } from '@faultline/protocol';

export interface Answers {
  readonly Affected: Affected;
  readonly RulesChanged: RulesChanged;
}

export type AnswerName = keyof Answers;
