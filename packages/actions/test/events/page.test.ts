import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { eventCatalog } from '../../src/index.ts';
import { eventsPage } from './page.ts';

const path = fileURLToPath(new URL('../../events.md', import.meta.url));

test('events.md describes each kind as the catalog does', async () => {
  await expect(eventsPage()).toMatchFileSnapshot(path);
});

test('events.md lists every kind once', () => {
  const rows = [...eventsPage().matchAll(/^\| `(\w+\.\w+)`/gm)].map(([, kind]) => kind);
  expect(rows.sort()).toEqual(Object.keys(eventCatalog).sort());
});
