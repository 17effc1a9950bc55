/** The address of a page. The token is in the fragment, which a browser sends to no server. */
export const pageUrl = (apiUrl: string, token: string): string => `${apiUrl}/#token=${token}`;
