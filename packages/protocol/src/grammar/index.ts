/**
 * The grammar of everything a person types: durations, probabilities, sizes, rates, and who is
 * meant. The same texts work in commands, in the API, in tests and in plans.
 */
export { parseRate, parseSize } from './bytes.ts';
export { callerNamePattern, isCallerName, isClientName, timeServer } from './client-names.ts';
export { grouped, ordinal, plural } from './counts.ts';
export { type CrashPoint, formatCrashPoint, parseCrashPoint } from './crash-point.ts';
export { decimalText, scanDecimal } from './decimal.ts';
export { formatDuration, parseDuration, roundedDuration, scanDuration } from './duration.ts';
export { readPair, readZones } from './geography.ts';
export { type Group, type GroupsSelector, parseGroups, resolveGroups } from './groups.ts';
export { inexactNumber } from './inexact.ts';
export {
  formatLinks,
  isConcrete,
  type LinkSelector,
  type LinkTerm,
  parseLinks,
  resolveLinks,
} from './links.ts';
export { linksOverlap, matchesLink, matchesName } from './match.ts';
export { pointAt } from './misfit.ts';
export { isName, type NameRange } from './names.ts';
export { parseNewNodes } from './new-nodes.ts';
export {
  drawsNodes,
  type NodeSelector,
  type NodeTerm,
  type NodeWord,
  parseNodes,
} from './nodes.ts';
export { formatPercent, parsePercent } from './percent.ts';
export { parsePpm } from './ppm.ts';
export { printable, printableJson, printableLines, printableOutput } from './printable.ts';
export { resolveNodes, type SelectorContext } from './resolve.ts';
export { Scanner } from './scanner.ts';
export { formatWeather, parseWeather, type WeatherSpec } from './weather.ts';
