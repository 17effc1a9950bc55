/** The orders of the supervisor to a running node, and what the node does with them. */
import type { Link } from '@faultline/link';
import type { Facts, FromNode, NodeConfig, ToNode } from '@faultline/protocol';
import type { ClockStates } from './clock-states.ts';
import type { CrashTrigger } from './crash-point.ts';
import type { DiskTrouble } from './disk-faults.ts';
import type { Host } from './host.ts';
import { requestTime } from './request-time.ts';

const real = { setTimeout };

export interface Ordered {
  readonly host: Host;
  readonly link: Link;
  readonly clocks: ClockStates;
  readonly crash: CrashTrigger;
  readonly trouble: DiskTrouble;
  /** Faults that the process brings about in itself, by the name of their verb. */
  readonly faults: ReadonlyMap<string, (order: Facts) => void>;
  readonly notify: (message: FromNode) => void;
  readonly setSigning: (keys: NodeConfig['signing']) => void;
}

export function obey(message: ToNode, ordered: Ordered): void {
  const { host, link, clocks, crash, trouble, faults, notify, setSigning } = ordered;
  switch (message.to) {
    case 'clock':
      clocks.change(message.clock, message.sentMs);
      notify({ from: 'ack', n: message.n });
      break;
    case 'requestTime':
      void requestTime(message, host, clocks.clock, real.setTimeout).then((answers) =>
        notify({ from: 'time', n: message.n, ...answers }),
      );
      break;
    case 'disk':
      trouble.set(message.faults);
      notify({ from: 'ack', n: message.n });
      break;
    case 'members':
      setSigning(message.signing);
      void host.setMembers(message.members).then(() => notify({ from: 'ack', n: message.n }));
      break;
    case 'incarnations':
      clocks.addIncarnations(message.incarnations);
      break;
    case 'link':
      link.redirect(message.linkUrl);
      break;
    case 'crash':
      crash.set(message.when);
      break;
    case 'fault':
      faults.get(message.fault)?.(message.order);
      break;
    case 'ping':
      notify({ from: 'pong', n: message.n });
      break;
    case 'closeInspector':
      void import('node:inspector').then((inspector) => inspector.close());
      break;
    case 'stop':
      link.close();
      process.exit(0);
  }
}
