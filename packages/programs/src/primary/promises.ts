import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'key-value on a fixed primary, whose backups have everything',
  promise: 'Requests are linearizable, and no acknowledged change is lost.',
  breaks: {
    'late copies':
      'a change without a request name takes effect again; and if the copy is answered with error 11, the first request may still have taken effect',
  },
};
