/** What verbs on the cluster answer, by name: a client knows the types and need not load the schemas. */
import type { RulesChanged } from '@faultline/protocol';

export interface Answers {
  readonly RulesChanged: RulesChanged;
}

export type AnswerName = keyof Answers;
