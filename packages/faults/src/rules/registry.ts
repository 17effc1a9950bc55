/** Every kind of rule there is. A new one adds its line here and nothing elsewhere. */
import type { RuleKind } from '../kind.ts';
import { cut } from './cut.ts';
import { delay } from './delay.ts';
import { duplicate } from './duplicate.ts';
import { hold } from './hold.ts';
import { loss } from './loss.ts';
import { reorder } from './reorder.ts';

export const ruleKinds: ReadonlyMap<string, RuleKind> = new Map(
  [cut, loss, duplicate, delay, reorder, hold].map((kind) => [kind.name, kind]),
);
