/** The rows of the table in CHECKS.md, as the declarations of the checks make them. */
import { checks } from '../../src/index.ts';

export const checkRows = (): string[] =>
  checks.map(({ name, options, matcher, summary }) => {
    const names = Object.keys(options.properties).map((option) => `\`${option}\``);
    return `| \`${name}\` |${names.length === 0 ? '' : ` ${names.join(', ')}`} | \`${matcher}\` | ${summary} |`;
  });
