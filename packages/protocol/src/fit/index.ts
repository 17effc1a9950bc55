export { fit, shown, wanted } from './fit.ts';
export { nearest } from './nearest.ts';
