import { Link } from '../../src/index.ts';

export function sayHello(url: string): Link {
  const link = new Link({
    url,
    name: 'c1',
    incarnation: 1,
    onUp: () => link.send('n1', { type: 'hello', msg_id: 1 }),
    onMessage: ({ src, type }) => console.log(`${src} answered ${type}`),
    onUnsent: (seq, reason) => console.log(`message ${seq} never left: ${reason}`),
  });
  return link;
}
