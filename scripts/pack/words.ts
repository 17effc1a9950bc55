/** The names that users of the installed package have for this repository's `@faultline/…`. */

export const packageName = 'faultline';

/** Files that the code reads from a package; only these are packed. */
export const assets = { of: '@fastify/swagger-ui', files: 'static', as: 'swagger-ui' };

/**
 * Rewrites a source, a document or a declaration with the names of the installed package: the test kit is its
 * root, every other package a subpath, and npm runs its command.
 */
export const publicText = (text: string): string =>
  text
    .replaceAll('@faultline/testkit', packageName)
    .replaceAll('@faultline/', `${packageName}/`)
    .replaceAll(`${assets.of}/${assets.files}/`, `${packageName}/${assets.as}/`)
    .replaceAll('pnpm cluster', 'npx cluster');
