/** The version in the package's manifest; the bundled command has no manifest beside it. */
export const version = '0.1.0';
