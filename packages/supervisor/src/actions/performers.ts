/** The performer of every verb. */
import { crash } from './crash.ts';
import { exhaust } from './exhaust.ts';
import { hang } from './hang.ts';
import { leak } from './leak.ts';
import type { NodePerformers } from './perform.ts';
import { slow } from './slow.ts';

export const nodePerformers: NodePerformers = { slow, hang, leak, exhaust, crash };
