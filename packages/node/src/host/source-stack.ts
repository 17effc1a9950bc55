/**
 * Stack traces that point into the user's source. A program runs as one bundled file with a source
 * map beside it, and whoever reads a stack wants the file that they wrote.
 */
import { fileURLToPath } from 'node:url';
import { sourceFinder } from '@faultline/protocol/host';

export function installSourceStacks(bundleUrl: string): void {
  const bundlePath = fileURLToPath(bundleUrl);
  const find = sourceFinder(bundlePath);
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => {
      const line = frame.getLineNumber();
      const column = frame.getColumnNumber();
      const isBundled = frame.getFileName() === bundleUrl || frame.getFileName() === bundlePath;
      const place = isBundled && line && column ? find(line, column) : undefined;
      if (place === undefined) return `    at ${frame}`;
      const name = frame.getFunctionName();
      const where = `${place.file}:${place.line}:${place.column}`;
      return name ? `    at ${name} (${where})` : `    at ${where}`;
    });
    return [String(error), ...lines].join('\n');
  };
}
