/**
 * Resolves our packages for users' programs, which import `faultline/node` from the installed package, or
 * `@faultline/node` in this repository. Both names work in both, from any folder.
 */
import type { Plugin } from 'esbuild';

const scope = '@faultline';

/** The names of a module: as requested, and in the other installation. */
export function namesOf(requested: string): string[] {
  const [, isScoped, path = ''] = /^(@?)faultline(?:\/(.*))?$/.exec(requested) ?? [];
  if (isScoped === '@') return [requested, `faultline/${path}`.replace(/\/testkit(?=\/|$)/, '')];
  const inKit = ['testkit', path].filter((part) => part !== '').join('/');
  return [requested, ...(path === '' ? [] : [`${scope}/${path}`]), `${scope}/${inKit}`];
}

/** `packagesFrom`: a folder from which to resolve them if the importing file cannot. */
export const resolveOwnPackages = (packagesFrom: string): Plugin => ({
  name: 'own-packages',
  setup(build) {
    build.onResolve({ filter: /^@?faultline(\/|$)/ }, async ({ path, resolveDir, pluginData }) => {
      if (pluginData === 'nested') return undefined;
      // Resolve `require` as an import too, so that the ES module is bundled.
      const kind = 'import-statement';
      const find = (name: string, from: string) =>
        build.resolve(name, { kind, resolveDir: from, pluginData: 'nested' });
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
