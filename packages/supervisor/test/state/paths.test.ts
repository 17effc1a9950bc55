import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clusterPaths, stateDir, toolCacheDir } from '../../src/state/paths.ts';
import { Folder } from '../helpers/folder.ts';

// The environment of the test run may set them.
beforeEach(() => {
  vi.stubEnv('FAULTLINE_HOME', undefined);
  vi.stubEnv('INIT_CWD', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('the state is in .faultline of the folder if there is none above', () => {
  using folder = new Folder();
  mkdirSync(folder.at('project'));
  expect(stateDir(folder.at('project'))).toBe(folder.at('project', '.faultline'));
});

test('the nearest .faultline above is used, so that a command works from any folder of a project', () => {
  using folder = new Folder();
  mkdirSync(folder.at('project', 'src', 'deep'), { recursive: true });
  mkdirSync(folder.at('.faultline'));
  mkdirSync(folder.at('project', '.faultline'));
  expect(stateDir(folder.at('project', 'src', 'deep'))).toBe(folder.at('project', '.faultline'));
  expect(stateDir(folder.path)).toBe(folder.at('.faultline'));
});

test('FAULTLINE_HOME overrides all of them and may be relative', () => {
  using folder = new Folder();
  mkdirSync(folder.at('.faultline'));
  vi.stubEnv('FAULTLINE_HOME', folder.at('elsewhere'));
  expect(stateDir(folder.path)).toBe(folder.at('elsewhere'));
  vi.stubEnv('FAULTLINE_HOME', 'elsewhere');
  expect(stateDir(folder.path)).toBe(resolve('elsewhere'));
  vi.stubEnv('FAULTLINE_HOME', '');
  expect(stateDir(folder.path)).toBe(folder.at('.faultline'));
});

// A package manager changes to the root of the project before it runs a command.
test('the folder is where the user typed the command, not where it was run', () => {
  using folder = new Folder();
  mkdirSync(folder.at('.faultline'));
  vi.stubEnv('INIT_CWD', folder.path);
  expect(stateDir()).toBe(folder.at('.faultline'));
});

test('a cluster has its own folder and shares the cache', () => {
  const dir = join('state', 'clusters', 'second');
  expect(clusterPaths('state', 'second')).toEqual({
    name: 'second',
    dir,
    file: join(dir, 'cluster.json'),
    nodes: join(dir, 'nodes'),
    runs: join(dir, 'runs'),
    cache: join('state', 'cache'),
  });
});

test.each(['a', 'default', 'My-cluster_2', '7', 'x'.repeat(41)])('%j can be a name', (name) => {
  expect(clusterPaths('state', name).name).toBe(name);
});

test.each(['', '.', '..', '../other', 'a/b', 'a b', '-rf', '_a', 'a\n', 'ü', 'x'.repeat(42)])(
  '%j is refused as a name',
  (name) => {
    expect(() => clusterPaths('state', name)).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', facts: { name } }),
    );
  },
);
test('a checkout keeps its bundles among its own packages, and not in the folder above it', () => {
  const modules = dirname(dirname(toolCacheDir('elsewhere')));
  const checkout = dirname(modules);

  expect(modules).toMatch(/\/node_modules$/);
  expect(existsSync(`${checkout}/pnpm-workspace.yaml`)).toBe(true);
});
