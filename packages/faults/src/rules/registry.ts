/** All kinds of rules. A new one adds its line here and nothing elsewhere. */
import type { RuleKind } from '../kind.ts';
import { corrupt } from './corrupt.ts';
import { cost } from './cost.ts';
import { cut } from './cut.ts';
import { delay } from './delay.ts';
import { duplicate } from './duplicate.ts';
import { hold } from './hold.ts';
import { impersonate } from './impersonate.ts';
import { loss } from './loss.ts';
import { lossGemodel } from './loss-gemodel.ts';
import { lossState } from './loss-state.ts';
import { rate } from './rate.ts';
import { reorder } from './reorder.ts';
import { reset } from './reset.ts';
import { size } from './size.ts';
import { tamper } from './tamper.ts';

/** By name, in the order in which they act. */
export const ruleKinds: ReadonlyMap<string, RuleKind> = new Map(
  [
    cost,
    cut,
    reset,
    size,
    rate,
    loss,
    lossGemodel,
    lossState,
    duplicate,
    impersonate,
    tamper,
    corrupt,
    delay,
    reorder,
    hold,
  ].map((kind) => [kind.name, kind]),
);
