/** The folder for bundles of ready programs. */
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { SuperviseOptions } from '../../src/supervise/options.ts';
import { loadModule, prepareCode } from '../../src/supervise/programs.ts';
import { readSettings } from '../../src/supervise/settings.ts';
import { Folder } from '../helpers/folder.ts';

test('a ready program is bundled once for all state folders, and a file of the user for its own', async () => {
  using folder = new Folder();
  const mine = folder.write('mine.ts', 'export default () => {};');
  const ready = new URL('../fixtures/asks.ts', import.meta.url);
  const options: SuperviseOptions = {
    stateDir: folder.at('state'),
    name: 'default',
    nodes: 1,
    program: 'ready',
    readyPrograms: { ready: ready.href },
  };
  const settings = readSettings(options);

  const placeOf = async (name: string): Promise<string> => {
    const program = await loadModule(options, name, settings);
    return program.kind === 'module' ? pathToFileURL(dirname(program.bundlePath)).href : 'nowhere';
  };

  expect(await placeOf('ready')).toBe(pathToFileURL(settings.cacheDir).href);
  expect(await placeOf(mine)).toBe(pathToFileURL(settings.paths.cache).href);
  expect(settings.cacheDir).not.toBe(settings.paths.cache);

  // The parts of the tool start from functions, whose compiled code can be stored.
  const { program, routerBundle } = await prepareCode(options, settings);
  const bundles = [routerBundle, program.kind === 'module' ? program.bundlePath : ''];
  expect(bundles.map((path) => extname(path))).toEqual(['.cjs', '.cjs']);
});
