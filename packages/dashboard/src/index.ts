export { servePage } from './server/page.ts';
