import type { Promises } from '../common/promises.ts';

export const promises: Promises = {
  summary: 'key-value on a fixed primary, whose backups have everything',
  promise: 'Requests are linearizable, and no acknowledged change is lost.',
  breaks: {
    'late copies':
      'a change without a request name takes effect again, and error 11 for the copy says nothing of the first one',
  },
};
