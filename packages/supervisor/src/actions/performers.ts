/** The performer of every verb. */
import { crash } from './crash.ts';
import { exhaust } from './exhaust.ts';
import { hang } from './hang.ts';
import { leak } from './leak.ts';
import { pause } from './pause.ts';
import type { NodePerformers } from './perform.ts';
import { resume } from './resume.ts';
import { slow } from './slow.ts';

export const nodePerformers: NodePerformers = { pause, resume, slow, hang, leak, exhaust, crash };
