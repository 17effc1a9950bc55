/** A program that measures from inside: n1 sends to n2 as fast as n2 takes it, or one at a time. */
import type { Node } from '@faultline/node';

const batch = 256;
/** Maximum number of batches in flight. */
const windowBatches = 8;

export default function stream(node: Node): void {
  let received = 0;
  let onAck: () => void = () => {};
  node.on('item', () => {
    if (++received % batch === 0) node.send('n1', { type: 'ack' });
  });
  node.on('ack', () => onAck());
  node.on('ping', () => ({}));

  node.on('stream', async ({ batches }) => {
    const startMs = node.clock.monotonic();
    let sent = 0;
    let acked = 0;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (; sent < Number(batches) && sent - acked < windowBatches; sent++) {
          for (let i = 0; i < batch; i++) {
            node.send('n2', {
              type: 'item',
              key: 'x',
              value: i,
              text: 'some eighty bytes of body',
            });
          }
        }
      };
      onAck = () => {
        acked++;
        if (acked === Number(batches)) resolve();
        else go();
      };
      go();
    });
    return { perSecond: (Number(batches) * batch * 1000) / (node.clock.monotonic() - startMs) };
  });

  node.on('pingpong', async ({ count }) => {
    const times: number[] = [];
    for (let i = 0; i < Number(count); i++) {
      const startMs = node.clock.monotonic();
      await node.call('n2', { type: 'ping' });
      times.push(node.clock.monotonic() - startMs);
    }
    return { medianMs: times.sort((a, b) => a - b)[times.length >> 1]! };
  });
}
