/** All verbs, in the order of the help. */
import type { ClusterVerb } from '../cluster-verb.ts';
import type { NodeVerb } from '../verb.ts';
import { add } from './add.ts';
import { clock } from './clock.ts';
import { crash } from './crash.ts';
import { disk } from './disk.ts';
import { endGeography } from './end-geography.ts';
import { exhaust } from './exhaust.ts';
import { geography } from './geography.ts';
import { hang } from './hang.ts';
import { heal } from './heal.ts';
import { kill } from './kill.ts';
import { leak } from './leak.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { release } from './release.ts';
import { remove } from './remove.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { resume } from './resume.ts';
import { slow } from './slow.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';

export const registered = registry({
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
});

export const registeredOnCluster = clusterRegistry({
  add,
  partition,
  heal,
  reset,
  geography,
  endGeography,
  release,
});

/** Each verb under its own name. */
function registry<Verbs extends { readonly [Name in keyof Verbs]: NodeVerb<Name & string> }>(
  verbs: Verbs,
): Verbs {
  return verbs;
}

function clusterRegistry<
  Verbs extends { readonly [Name in keyof Verbs]: ClusterVerb<Name & string> },
>(verbs: Verbs): Verbs {
  return verbs;
}
