export { isLinkKey, linkKey, linkUrl, sameSecret } from './credentials.ts';
export { type Deferred, deferred } from './deferred.ts';
export { Link, type LinkOptions, type UnsentReason } from './link.ts';
export { isAlive, processIdentity } from './process-identity.ts';
export { RecordFiles, type RecordFilesOptions } from './record-files.ts';
export { Signatures, type SigningKeys, signingKeys } from './signatures.ts';
export { type FindSource, type SourcePlace, sourceFinder } from './source-finder.ts';
export { trueNowMs } from './true-time.ts';
