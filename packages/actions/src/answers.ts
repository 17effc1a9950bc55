/** The answers of verbs on the cluster, by name, so that a client has their types without loading schemas. */
import type {
  Affected,
  Healed,
  Placed,
  Released,
  RuleStatus,
  RulesChanged,
} from '@faultline/protocol';

export interface Answers {
  readonly Affected: Affected;
  readonly Healed: Healed;
  readonly Placed: Placed;
  readonly Released: Released;
  readonly RulesChanged: RulesChanged;
}

export type AnswerName = keyof Answers;
export type Answer = Answers[AnswerName];

/** The rules that a verb added. */
export const addedBy = (answer: Answer): readonly RuleStatus[] =>
  'added' in answer ? answer.added : [];
