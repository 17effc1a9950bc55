/** The performer of every verb. */
import { exhaust } from './exhaust.ts';
import type { NodePerformers } from './perform.ts';

export const nodePerformers: NodePerformers = { exhaust };
