/** How users call what this repository calls `@faultline/…`: they install one package. */

export const packageName = 'faultline';

/** Files that the code reads of a package, and that are packed instead of it. */
export const assets = { of: '@fastify/swagger-ui', files: 'static', as: 'swagger-ui' };

/**
 * A source, a document or a declaration in the words of a user of the package: the test kit is
 * its root, every other package a subpath, and npm runs its command.
 */
export const publicText = (text: string): string =>
  text
    .replaceAll('@faultline/testkit', packageName)
    .replaceAll('@faultline/', `${packageName}/`)
    .replaceAll(`${assets.of}/${assets.files}/`, `${packageName}/${assets.as}/`)
    .replaceAll('pnpm cluster', 'npx cluster');
