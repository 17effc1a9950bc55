/** Draws the page into its document, and connects it. */
import { render } from 'preact';
import { useToken } from './api.ts';
import { App } from './app.tsx';
import { connect } from './connection.ts';
import style from './style.css';

export function startPage(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  document.adoptedStyleSheets = [sheet];
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  useToken(token);
  render(<App />, document.body);
  connect(token);
}
