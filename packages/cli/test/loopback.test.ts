import { expect, test } from 'vitest';
import { isLoopback } from '../src/loopback.ts';

test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is reached from this machine only',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each(['0.0.0.0', '::', '192.168.7.7', 'fe80::1', 'box.example', '::ffff:10.0.0.1', ''])(
  '%s is reached from elsewhere',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
