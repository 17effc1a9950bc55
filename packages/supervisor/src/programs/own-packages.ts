/**
 * Our packages, as users' programs import them: `faultline/node` where the one package is installed, and
 * `@faultline/node` in this repository. Both names work in both, from wherever the program lies.
 */
import type { Plugin } from 'esbuild';

const scope = '@faultline';

/** What a module is called: as it is asked for, and in the other of the two. */
export function namesOf(asked: string): string[] {
  const [, isScoped, path = ''] = /^(@?)faultline(?:\/(.*))?$/.exec(asked) ?? [];
  if (isScoped === '@') return [asked, `faultline/${path}`.replace(/\/testkit(?=\/|$)/, '')];
  const inKit = ['testkit', path].filter((part) => part !== '').join('/');
  return [asked, ...(path === '' ? [] : [`${scope}/${path}`]), `${scope}/${inKit}`];
}

/** `packagesFrom`: a folder from which they are found where the importing file has none. */
export const resolveOwnPackages = (packagesFrom: string): Plugin => ({
  name: 'own-packages',
  setup(build) {
    build.onResolve({ filter: /^@?faultline(\/|$)/ }, async ({ path, resolveDir, pluginData }) => {
      if (pluginData === 'asked') return undefined;
      // Also what is required is bundled as the ES module that it is.
      const kind = 'import-statement';
      const find = (name: string, from: string) =>
        build.resolve(name, { kind, resolveDir: from, pluginData: 'asked' });
      for (const from of [resolveDir, packagesFrom]) {
        for (const name of namesOf(path)) {
          const found = await find(name, from);
          if (found.errors.length === 0) return found;
        }
      }
      return find(path, resolveDir);
    });
  },
});
