import { expect, test } from 'vitest';
import { Busy } from '../src/busy.ts';

const clear = '\r\u001b[K';

function bench(isTTY: boolean) {
  let nowMs = 0;
  const written: string[] = [];
  const write = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const busy = new Busy({ isTTY, columns: 30, write }, () => nowMs);
  return { busy, written, pass: (ms: number) => (nowMs += ms) };
}

test('shows work that takes more than half a second on a terminal, with its duration, and clears it at the end', () => {
  const { busy, written, pass } = bench(true);
  busy.begin('judging');
  pass(400);
  busy.update('judging');
  expect(written).toEqual([]);
  pass(1700);
  busy.update('judging: 1 check');
  busy.update('judging: 2 checks');
  expect(written).toEqual([`${clear}judging: 1 check (2s)`]);
  busy.clear();
  expect(written.splice(0)).toEqual([`${clear}judging: 1 check (2s)`, clear]);
  pass(300);
  busy.update('what is longer than the terminal is wide');
  expect(written).toEqual([`${clear}what is longer than the termi`]);
  busy[Symbol.dispose]();
  busy.update('too late');
  expect(written.slice(1)).toEqual([clear]);
});

test('writes nothing to a pipe', () => {
  const { busy, written, pass } = bench(false);
  busy.begin('judging');
  pass(5000);
  busy.update('judging: 1 check');
  busy[Symbol.dispose]();
  expect(written).toEqual([]);
});
