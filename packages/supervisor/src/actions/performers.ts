/** The performer of every verb. */
import { add } from './add.ts';
import { clock } from './clock.ts';
import { crash } from './crash.ts';
import { disk } from './disk.ts';
import { exhaust } from './exhaust.ts';
import { endGeography, geography } from './geography.ts';
import { hang } from './hang.ts';
import { heal } from './heal.ts';
import { kill } from './kill.ts';
import { leak } from './leak.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import type { ClusterPerformers, NodePerformers } from './perform.ts';
import { release } from './release.ts';
import { remove } from './remove.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { resume } from './resume.ts';
import { slow } from './slow.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';

export const nodePerformers: NodePerformers = {
  kill,
  stop,
  start,
  restart,
  remove,
  pause,
  resume,
  slow,
  hang,
  leak,
  exhaust,
  crash,
  clock,
  disk,
};

export const clusterPerformers: ClusterPerformers = {
  add,
  partition,
  heal,
  reset,
  geography,
  endGeography,
  release,
};
