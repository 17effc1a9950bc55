import type { Json } from '@faultline/protocol';

/** What a decision may depend on. */
export interface Message {
  /** Read only where `EdgeRules.needsType` says so. */
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
  /**
   * The value at a path of the body, such as `entry.term`; undefined where there is none, or no JSON.
   * Called only for rules that match on a field, so that a body nobody asks about is never parsed.
   * Where it is missing, nothing of the body is known and no such rule matches.
   */
  field?(path: string): Json | undefined;
}
