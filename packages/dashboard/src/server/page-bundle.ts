/** How the page's script is bundled. */
import { fileURLToPath } from 'node:url';

export const pageMain = fileURLToPath(new URL('../page/main.ts', import.meta.url));

export const pageBundle = {
  label: 'page',
  entry: `import ${JSON.stringify(pageMain)};`,
  browser: true,
} as const;
