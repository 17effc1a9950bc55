import type { Json } from '@faultline/protocol';

/** What a decision may depend on. */
export interface Message {
  /** Read only where `EdgeRules.needsType` says so. */
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
  /**
   * The value at a path of the body, such as `entry.term`; undefined if there is none, or the body is not
   * JSON. Called only for rules that match on a field, so that other bodies are never parsed. If this is
   * missing, the body is unknown and no such rule matches.
   */
  field?(path: string): Json | undefined;
}
