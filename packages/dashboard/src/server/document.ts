/** The page's HTML. All else is made by its script, which also brings the styles. */

/** No inline script or style, and nothing from elsewhere. */
export const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const documentText = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Faultline</title>
<link rel="icon" href="data:,">
<script type="module" src="/page/page.js"></script>
<noscript>This page needs JavaScript.</noscript>
</html>
`;
