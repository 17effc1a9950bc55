export { isLinkKey, linkKey, linkUrl, sameSecret } from './credentials.ts';
export { Link, type LinkOptions, type UnsentReason } from './link.ts';
export { Signatures, type SigningKeys, signingKeys } from './signatures.ts';
