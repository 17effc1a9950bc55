/** Answers to clients, who may have asked another node. */
import type { Body } from '@faultline/node';
import type { Result } from './machine.ts';
import { type Asker, nameOf, type State } from './state.ts';

export type Answer = { readonly type: string; readonly [key: string]: Body[string] };

export const refusal = (code: number, text: string): Answer => ({ type: 'error', code, text });

export const answerOf = (type: string, result: Result): Answer =>
  'ok' in result ? { type: `${type}_ok` } : refusal(result.code, result.text);

/** Once: a request that went to the leader twice has two answers, and they are the same. */
export function answer(state: State, asker: Asker, says: Answer): void {
  const { client, id, via } = asker;
  if (id === null) return;
  const reply: Body = { ...says, in_reply_to: id };
  if (via !== null) state.send(via, { type: 'forwarded', client, reply });
  else if (state.pending.delete(nameOf(asker))) state.push({ do: 'reply', client, body: reply });
}
