/**
 * Stack traces that point into the user's source. A program runs as one bundled file with a source
 * map beside it, and a reader of a stack wants the source file.
 */
import { fileURLToPath } from 'node:url';
import { sourceFinder } from '../source-finder.ts';

export function installSourceStacks(bundleUrl: string): void {
  const find = sourceFinder(fileURLToPath(bundleUrl));
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => {
      const [file, line, column] = [
        frame.getFileName(),
        frame.getLineNumber(),
        frame.getColumnNumber(),
      ];
      const place = file && line && column ? find(pathOf(file), line, column) : undefined;
      if (place === undefined) return `    at ${frame}`;
      const name = frame.getFunctionName();
      const where = `${place.file}:${place.line}:${place.column}`;
      return name ? `    at ${name} (${where})` : `    at ${where}`;
    });
    return [String(error), ...lines].join('\n');
  };
}

const pathOf = (file: string): string => (file.startsWith('file:') ? fileURLToPath(file) : file);
