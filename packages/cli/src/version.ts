/** As the package's manifest says it; the bundled command does not have that beside it. */
export const version = '0.1.0';
